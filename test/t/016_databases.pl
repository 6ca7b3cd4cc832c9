# Several databases in one cluster: each has its pipeline, and its trouble is its own.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('databases', conf => "pg_debrief.safety_poll = '1s'\nmax_worker_processes = 24\npg_debrief.max_workers = 12");
my $stub = new_stub();
my @databases = qw(app first other second);
my %job;
for my $database (@databases) {
    $node->safe_psql('postgres', "create database $database encoding 'UTF8' lc_collate 'C' lc_ctype 'C' template template0");
    $node->safe_psql($database, 'create extension pg_debrief');
    move_in($node, database => $database);
    $stub->serve($node, database => $database);
    $job{$database} = $node->safe_psql($database, qq{insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/a.mp4');
        insert into debrief.analysis_jobs (video_recording_id) select max(id) from debrief.video_recordings;
        update debrief.analysis_jobs set status = 'failed', due_at = null; select id from debrief.analysis_jobs});
    $node->safe_psql($database, q{update debrief.stages set server = 'stub' where stage = 'ssml'});
}
$node->safe_psql('postgres', 'create database bystander');
sub done_in
{
    my ($database, $words, $count) = @_;
    wait_until(sub { $node->safe_psql($database, "select count(*) = $count from debrief.analysis_feedback where message like '$words%' and audio_status in ('completed', 'failed')") eq 't' },
        "$count rows of $database end");
}
sub add { my ($database, $words, $count) = @_; $node->safe_psql($database, "insert into debrief.analysis_feedback (analysis_job_id, message) select $job{$database}, '$words ' || n from generate_series(1, $count) n") }
sub state_of { my ($database, $where) = @_; return $node->safe_psql($database, "select audio_status, ssml_error_code from debrief.analysis_feedback where $where") }

# All at once.
add($_, 'Together', 50) for @databases;
done_in($_, 'Together', 50) for @databases;
is($node->safe_psql($_, q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments}), '50|50', "$_: its rows are spoken") for @databases;
is($node->safe_psql('postgres', 'select count(distinct datname) from pg_stat_activity where ' . is_worker_session()), 5, 'each database has a worker');

# Another database comes and goes beside calls in flight.
my $pid = running_worker($node, 'app');
$stub->script('/v1/speech', {action => 'hold'});
add('app', 'In flight', 10);
add('other', 'In flight', 10);
my $open = sub { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') };
wait_until(sub { $open->() == 20 }, 'twenty calls are in flight');
$node->safe_psql('postgres', 'drop database bystander');
$node->safe_psql('postgres', 'create database bystander');
$node->safe_psql('postgres', 'drop database other with (force)');
wait_until(sub { $open->() == 10 }, 'the calls of the dropped database are aborted');
is($open->(), 10, 'databases are created and dropped beside calls in flight, and theirs alone are aborted');
$stub->script('/v1/speech');
$stub->release;
done_in('app', 'In flight', 10);
is($node->safe_psql('app', q{select distinct audio_attempts from debrief.analysis_feedback where message like 'In flight%'}), 1, 'the others are not disturbed');
is(worker_pid($node, 'app'), $pid, 'nor is their worker');

# The extension goes and comes.
$node->safe_psql('app', 'begin; drop extension pg_debrief cascade; create extension pg_debrief; rollback');
add('app', 'Rolled back', 3);
done_in('app', 'Rolled back', 3);
$node->safe_psql('app', 'drop extension pg_debrief cascade; create extension pg_debrief') for 1 .. 10;
$stub->serve($node, database => 'app');    # servers go with the extension's wrapper
add('app', 'Again', 3);
done_in('app', 'Again', 3);
is(state_of('app', "message ~ '^(Again|Rolled)' and audio_status <> 'completed'"), '', 'after DROP and CREATE EXTENSION, rolled back or ten times over, rows are spoken');

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
$node->stop;
done_testing();
