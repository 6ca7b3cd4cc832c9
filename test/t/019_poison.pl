# A row that takes its worker down each time is given up, and takes no other row along; nor does one that nobody
# may change.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('poison', conf => "restart_after_crash = on\npg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

# Whoever stores this row's sound dies of it: the shell's parent is the worker.
$node->safe_psql('postgres', q{
    create function poison() returns trigger language plpgsql security definer as $$
    begin
      if exists (select from debrief.analysis_feedback f where f.id = new.feedback_id and f.message = 'Poison.') then
        copy (select 1) to program 'cat > /dev/null; kill -9 $PPID';
      end if;
      return new;
    end $$;
    grant execute on function poison() to public;
    create trigger poison before insert on debrief.analysis_audio_segments for each row execute function poison();});

# All of them in flight at once, the first time.
$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('postgres', qq{
    insert into debrief.analysis_feedback (analysis_job_id, message)
    select $job, case n when 8 then 'Poison.' else 'Number ' || n end from generate_series(1, 16) n});
wait_until(sub { 16 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'sixteen calls are in flight');
$stub->script('/v1/speech');
$stub->release;

wait_until(sub { my ($status, $out) = $node->psql('postgres', q{select count(*) = 16 from debrief.analysis_feedback
    where (message like 'Number %' or message = 'Poison.') and audio_status in ('completed', 'failed')}); $status == 0 && $out eq 't' },
    'every row ends');
is($node->safe_psql('postgres', q{select message, audio_attempts, audio_error_code from debrief.analysis_feedback where audio_status = 'failed'}),
    'Poison.|3|worker_lost', 'the row that kills its worker fails when its attempts are used, and no other does');
is($node->safe_psql('postgres', q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Number %'}), '15|15', 'the fifteen others have one sound each');
my $crashes = () = slurp_file($node->logfile) =~ /was terminated by signal 9/g;
# A worker outside lives on: it has answers to write, and finds out which of them ends its session.
is($crashes, is_outside() ? 6 : 3, 'the session ended as often as the row has attempts, twice each for a worker outside');

# New rows are spoken as if nothing had been.
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Afterwards.')");
wait_for_sql($node, q{select audio_status = 'completed' and audio_attempts = 1 from debrief.analysis_feedback where message = 'Afterwards.'});
pass('afterwards rows are spoken at the first attempt');

# It can be neither claimed nor failed.
$node->safe_psql('postgres', q{
    create function untouchable() returns trigger language plpgsql as $$ begin raise exception 'Not this one.'; end $$;
    create trigger untouchable before update on debrief.analysis_feedback for each row when (old.message = 'Untouchable.') execute function untouchable()});
$node->safe_psql('postgres', qq{
    insert into debrief.analysis_feedback (analysis_job_id, message)
    select $job, case n when 1 then 'Untouchable.' else 'Beside ' || n end from generate_series(1, 5) n});
my $untouchable = $node->safe_psql('postgres', q{select id from debrief.analysis_feedback where message = 'Untouchable.'});
wait_for_sql($node, q{select count(*) = 4 from debrief.analysis_feedback where message like 'Beside %' and audio_status = 'completed'});
wait_for_sql($node, qq{select cause = 'refused' from debrief.explain($untouchable)});
is($node->safe_psql('postgres', qq{select reason from debrief.explain($untouchable)}), 'the database refuses to change its row: Not this one.', 'explain() says what it waits for');
is($node->safe_psql('postgres', q{select object, problem from debrief.check_installation() where problem ~ 'refuses'}),
    "stage ssml|1 queued rows wait because the database refuses to change them, for example row $untouchable: Not this one.", 'check_installation() too');
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Later.')");
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Later.'});
my $tries = () = slurp_file($node->logfile) =~ /could not claim row $untouchable for stage ssml: Not this one/g;
cmp_ok($tries, '<=', 5, 'it is not tried again for what comes later');
$node->safe_psql('postgres', 'drop trigger untouchable on debrief.analysis_feedback; select pg_reload_conf()');
wait_for_sql($node, qq{select audio_status = 'completed' and ssml_attempts = 1 from debrief.analysis_feedback where id = $untouchable});
pass('once nothing refuses it, it is spoken');

# A trigger that keeps a row as it was raises no error, but its result is not taken for stored: nothing is paid twice.
my $calls = scalar($stub->requests('/v1/speech'));
$node->safe_psql('postgres', q{
    create function kept() returns trigger language plpgsql as $$ begin return case when old.message = 'Held.' then old end; end $$;
    create trigger kept before update on debrief.analysis_feedback for each row
      when (old.audio_status = 'processing' and (old.message = 'Held.' or (old.message = 'Kept.' and new.audio_status = 'completed'))) execute function kept()});
sub say { $node->safe_psql('postgres', qq{insert into debrief.analysis_feedback (analysis_job_id, message) select $job, m from unnest(array['@{[join q{','}, @_]}']) m}); return; }
sub is_said { return wait_for_sql($node, qq{select audio_status = 'completed' from debrief.analysis_feedback where message = '$_[0]'}) }
say('Kept.');
my $refusals = sub { my $times = () = slurp_file($node->logfile) =~ /a trigger keeps rows of stage "audio" as they were/g; return $times; };
wait_until(sub { $refusals->() > 0 }, 'the log says that its result is refused');
say('After it.');
wait_for_sql($node, q{select audio_error_code = 'result_not_storable' from debrief.analysis_feedback where message = 'Kept.'});
is($node->safe_psql('postgres', q{select x.reason from debrief.analysis_feedback f cross join lateral debrief.explain(f.id) x where f.message = 'Kept.'}),
    'The result could not be stored. (a trigger keeps rows of stage "audio" as they were)', 'explain() says what kept it');
is_said('After it.');
my $before = $refusals->();
say('Held.');
wait_until(sub { $refusals->() > $before }, 'the log says so of one that not even its failure can be written to');
say('After that.');
is_said('After that.');
$node->safe_psql('postgres', 'drop trigger kept on debrief.analysis_feedback');
wait_for_sql($node, q{select audio_status in ('completed', 'failed') and audio_attempts = 1 from debrief.analysis_feedback where message = 'Held.'});
is(scalar($stub->requests('/v1/speech')) - $calls, 4, 'each was one call');

$node->stop;
done_testing();
