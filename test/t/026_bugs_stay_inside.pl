# A bug in C++ ends the worker or the launcher it is in, and nobody else: no restart of the cluster, no session lost.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $throw = new_folder() . '/throw';
my $node = new_cluster('bugs', environment => {LD_PRELOAD => build_shim('throw.cpp'), THROW_FILE => $throw}, conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
my $session = $node->background_psql('postgres', on_error_stop => 1);
my $backend = $session->query('select pg_backend_pid()');

for my $bug (['int', qr/FATAL:.*unhandled C\+\+ exception/, 'something thrown that is no exception'],
    ['planted by the test', qr/FATAL:.*planted by the test/, 'an exception']) {
    my ($what, $logged, $name) = @$bug;
    my $pid = running_worker($node);
    $stub->script('/v1/speech', {action => 'hold'});
    $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Beside $what ' || n from generate_series(1, 4) n");
    wait_until(sub { 4 == grep { $_->{body} =~ />Beside $what/ } $stub->requests('/v1/speech') }, 'four calls are in flight');
    $stub->script('/v1/speech');
    append_to_file("$throw.new", "$what\n");
    rename "$throw.new", $throw;
    $stub->release;
    wait_until(sub { my $now = worker_pid($node); $now ne '' && $now ne $pid }, 'another worker is there');
    like(slurp_file($node->logfile), $logged, "$name ends the worker, and is reported in the log");
    wait_for_sql($node, "select count(*) = 4 from debrief.analysis_feedback where message like 'Beside $what %' and audio_status = 'completed'", 'its rows are finished');
    is($node->safe_psql('postgres', "select count(*), count(distinct feedback_id), max(audio_attempts) from debrief.analysis_audio_segments a
        join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Beside $what %'"), '4|4|2', "$name: its rows are taken up by the next worker");
}

# The launcher allocates when it finds a database that it does not know.
sub launcher_pid { return $node->safe_psql('postgres', q{select pid from pg_stat_activity where backend_type = 'pg_debrief launcher'}) }
my $worker = running_worker($node);
my $number = 0;
for my $bug (['memory', qr/FATAL:.*launcher: out of memory/, 'no memory'],
    ['int', qr/FATAL:.*launcher: unhandled C\+\+ exception/, 'something thrown that is no exception'],
    ['in the launcher', qr/FATAL:.*launcher: in the launcher/, 'an exception']) {
    my ($what, $logged, $name) = @$bug;
    my $pid = launcher_pid();
    my $database = 'other' . ++$number;
    append_to_file("$throw.new", "$what\n");
    rename "$throw.new", "$throw.$pid";
    $node->safe_psql('postgres', "create database $database");
    wait_until(sub { my $now = launcher_pid(); $now ne '' && $now ne $pid }, 'another launcher is there');
    like(slurp_file($node->logfile), $logged, "launcher: $name ends it, and is reported in the log");
    $node->safe_psql($database, 'create extension pg_debrief');
    wait_for_sql($node, "select count(*) = 1 from pg_stat_activity where datname = '$database' and backend_type = 'pg_debrief worker'", 'it starts workers again');
}
is(worker_pid($node), $worker, 'the worker of another database has noticed nothing');
is($session->query('select pg_backend_pid()'), $backend, 'a session beside it has noticed nothing');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|terminating any other active server processes/, 'and the cluster was not restarted');
$session->quit;
$node->stop;
done_testing();
