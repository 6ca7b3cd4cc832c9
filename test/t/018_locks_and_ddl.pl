# Users' locks, DDL and triggers beside the pipeline: nobody waits for ever, nothing is lost.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('locks', conf => "pg_debrief.safety_poll = '1s'\nmax_prepared_transactions = 2\ndeadlock_timeout = '100ms'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub open_calls { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }
sub add { my ($words, $count) = @_; $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
sub hold
{
    my ($words, $count) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    add($words, $count);
    wait_until(sub { open_calls() == $count }, "$count calls are in flight");
    $stub->script('/v1/speech');
}
sub done_once
{
    my ($words, $count, $what) = @_;
    wait_for_sql($node, "select count(*) = $count from debrief.analysis_feedback where message like '$words %' and audio_status = 'completed'", $what);
    is(scalar(grep { $_->{body} =~ />$words \d/ } $stub->requests('/v1/speech')), $count, $what);
}

# DDL beside calls in flight, and with rows that wait behind it.
for my $ddl ('alter table debrief.analysis_feedback add column my_note text', 'create index my_index on debrief.analysis_feedback (my_note)',
             'create index concurrently my_other on debrief.analysis_audio_segments (created_at)', 'vacuum full debrief.analysis_feedback',
             'cluster debrief.analysis_feedback using analysis_feedback_pkey', 'alter table debrief.analysis_feedback alter column my_note type varchar(100)',
             'alter table debrief.analysis_feedback drop column my_note', 'reindex table debrief.analysis_feedback', 'analyze debrief.analysis_feedback') {
    my ($words) = $ddl =~ /^(\w+ \w+)/;
    $words = join ' ', map { ucfirst } split / /, $ddl =~ s/[^a-z ]//gr;
    hold($words, 5);
    $node->safe_psql('postgres', $ddl);
    $stub->release;
    done_once($words, 5, "$ddl beside calls in flight: each row is spoken once");
}

# One row is locked all the while; a hundred others go on.
add('Locked', 1);
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Locked 1'});
my $locker = $node->background_psql('postgres', on_error_stop => 1);
hold('Long lock', 1);
$locker->query(q{begin; select 1 from debrief.analysis_feedback where message = 'Long lock 1' for update});
$stub->release;
add('Beside', 100);
done_once('Beside', 100, 'a hundred rows are spoken while a session holds the lock of another');
is($node->safe_psql('postgres', q{select audio_status from debrief.analysis_feedback where message = 'Long lock 1'}), 'processing', 'that one waits');
$locker->query('rollback');
done_once('Long lock', 1, 'and is stored when the lock is gone, without another call');

# Locks in the opposite order: the session gets its rows, the worker comes back to them.
hold('Crossed', 2);
$locker->query(q{begin; update debrief.analysis_feedback set category = 'mine' where message = 'Crossed 2'});
$stub->release;
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Crossed 1'});
$locker->query(q{update debrief.analysis_feedback set category = 'mine' where message = 'Crossed 1'; commit});
done_once('Crossed', 2, 'rows that a session locks in the other order are spoken once');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'Crossed %' and category = 'mine'}), 2, 'and the session\'s work is kept');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'without a deadlock');

# A conflict is of the moment, however it comes about.
$node->safe_psql('postgres', q{
    create sequence conflicts;
    grant usage on conflicts to public;
    create function conflict() returns trigger language plpgsql as $$
    begin
      if exists (select from debrief.analysis_feedback f where f.id = new.feedback_id and f.message = 'Conflict 1') and nextval('public.conflicts') <= 4 then
        raise exception 'could not serialize access' using errcode = 'serialization_failure';
      end if;
      return new;
    end $$;
    grant execute on function conflict() to public;
    create trigger conflict before insert on debrief.analysis_audio_segments for each row execute function conflict();});
add('Conflict', 3);
done_once('Conflict', 3, 'a serialization failure is tried again with the same answer');
cmp_ok($node->safe_psql('postgres', 'select last_value from conflicts'), '>=', 5, 'after the conflicts that there were');
$node->safe_psql('postgres', 'drop trigger conflict on debrief.analysis_audio_segments');

# Rows that become visible without a wake, and rows that never do.
$node->safe_psql('postgres', "begin; insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Prepared 1'); prepare transaction 'later'");
$node->safe_psql('postgres', "begin; savepoint one; insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Rolled back 1'); rollback to one;
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Kept 1'); commit");
done_once('Kept', 1, 'a row beside a savepoint that is rolled back is spoken');
is(scalar(grep { $_->{body} =~ /Prepared|Rolled back/ } $stub->requests), 0, 'rows that are not committed are not');
$node->safe_psql('postgres', "commit prepared 'later'");
done_once('Prepared', 1, 'a prepared transaction\'s row is spoken after COMMIT PREPARED');

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
$locker->quit;
$node->stop;
done_testing();
