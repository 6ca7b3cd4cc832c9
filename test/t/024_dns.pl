# A name server that never answers holds up the rows that need it, and nothing else.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'a name server that never answers takes root' unless $ENV{SILENT_DNS};

my $node = new_cluster('dns', conf => "pg_debrief.safety_poll = '1s'\npg_debrief.allowed_hosts = '127.0.0.1, lost.example'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
my $pid = running_worker($node);

# Calls for sound hang in the search for their host; timeouts are longer than this test.
$node->safe_psql('postgres', q{
    create server lost foreign data wrapper debrief options (kind 'http', base_url 'http://lost.example');
    update debrief.stages set server = 'lost', timeout_ms = 600000 where stage = 'audio';
    update debrief.stages set server = 'stub' where stage = 'ssml'});
sub add { my ($words, $count) = @_; $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
# A search ends after ten seconds, uncharged, and then one call at a time tries again.
sub searching
{
    $node->safe_psql('postgres', q{select debrief.resume_server('lost')});
    wait_for_sql($node, q{select count(*) > 0 from debrief.analysis_feedback where audio_status = 'processing'}, 'a call looks for its host');
}
add('Lost', 8);
wait_for_sql($node, q{select count(*) = 8 from debrief.analysis_feedback where message like 'Lost %' and audio_status = 'processing'}, 'eight calls look for their host');

# Everybody else goes on: a whole stage, a test of a server, a cancel, a reload, the row beside.
add_recording($node, $root, "beside$_.mp4") for 1 .. 20;
wait_for_sql($node, q{select count(*) = 21 from debrief.analysis_jobs where status = 'completed'});
pass('twenty analyses are made while eight calls look for their host');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where ssml_status <> 'completed' and message !~ '^Lost'}), 0, 'and their SSML is written');
is($node->safe_psql('postgres', q{select ok from debrief.test_server('stub')}), 't', 'another server can be tried out meanwhile');
searching();
is($node->safe_psql('postgres', q{select debrief.cancel_feedback(id) from debrief.analysis_feedback where audio_status = 'processing' limit 1}),
    'cancelled while processing', 'a row that looks for its host can be cancelled');
$node->reload;
add('Later', 1);
wait_for_sql($node, q{select ssml_status = 'completed' from debrief.analysis_feedback where message = 'Later 1'}, 'a row that comes later');
is(worker_pid($node), $pid, 'the worker is the one it was');

# DDL and shutdown wait for no name server.
searching();
$node->safe_psql('postgres', 'create database other');
my $began = time;
$node->safe_psql('postgres', 'drop database other');
note(sprintf 'DROP DATABASE of another database while DNS hangs: %.2f s', time - $began);
searching();
$began = time;
replace_workers($node);
note(sprintf 'a worker ends and another begins while DNS hangs: %.2f s', time - $began);
searching();
$began = time;
local $ENV{PGCTLTIMEOUT} = 20;
$node->stop('fast');
note(sprintf 'fast stop while DNS hangs: %.2f s', time - $began);
$node->start;
searching();
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where audio_attempts > (audio_status in ('processing', 'failed', 'completed'))::int}), 0,
    'neither the search nor its end, by whatever, has charged a row');

# With a server that is there they are spoken.
$node->safe_psql('postgres', q{update debrief.stages set server = 'stub' where stage = 'audio'});
wait_for_sql($node, q{select count(*) = 50 from debrief.analysis_feedback where audio_status = 'completed'});
is($node->safe_psql('postgres', q{select distinct audio_attempts from debrief.analysis_feedback where audio_status = 'completed'}), 1, 'with a server that is there the rows are spoken at their first attempt');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
$node->stop;
done_testing();
