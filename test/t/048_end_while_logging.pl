# SIGTERM between two statements, while the worker logs: it gives its claims back as at any other moment.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $terminate = new_folder() . '/terminate';
my $node = new_cluster('logging', environment => {LD_PRELOAD => build_shim('terminate.c'), TERMINATE_FILE => $terminate}, conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Held ' || n from generate_series(1, 3) n");
wait_until(sub { 3 == grep { $_->{body} =~ />Held/ } $stub->requests('/v1/speech') }, 'three calls are in flight');
$stub->script('/v1/speech');

my $worker = running_worker($node);
append_to_file("$terminate.new", 'no server serves stage "analysis"');
rename "$terminate.new", $terminate;
$node->safe_psql('postgres', q{update debrief.stages set server = null where stage = 'analysis'});
wait_until(sub { my $now = worker_pid($node); $now ne '' && $now ne $worker }, 'another worker is there');
ok(!-e $terminate, 'the worker was terminated while it logged');
wait_for_sql($node, q{select count(*) = 3 from debrief.analysis_feedback where message like 'Held %' and audio_status = 'completed'});
is($node->safe_psql('postgres', q{select distinct audio_attempts from debrief.analysis_feedback where message like 'Held %'}), 1, 'its rows were given back uncharged');
unlike(slurp_file($node->logfile), qr/canceling statement|took back/, 'nobody had to take them back');
$node->stop;
done_testing();
