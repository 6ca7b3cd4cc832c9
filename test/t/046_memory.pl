# A row that there is no memory for fails alone: shown under a limit on the address space of the worker's session.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('memory');
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

my $session = worker_session($node);
my ($used_kb) = slurp_file("/proc/$session/status") =~ /^VmSize:\s+(\d+) kB/m;
my $limit = $used_kb * 1024 + 48 * 1024 * 1024;
system_or_bail('prlimit', '--pid', $session, "--as=$limit:$limit");

# As recordings are that were written before the constraint, or after an owner dropped it. Its own call is
# held, so that the other recording is in flight.
my $url = $stub->url;
$stub->script('/v1/chat/completions', {action => 'hold'});
$node->safe_psql('postgres', qq{
    create server model foreign data wrapper debrief options (kind 'openai', base_url '$url/v1', analysis_model 'm', video_input 'video_url');
    update debrief.stages set server = 'model' where stage = 'analysis';
    alter table debrief.video_recordings drop constraint video_recordings_metadata_at_most_256_kb;
    insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata)
    select user_id, storage_path, 'completed', case n when 1 then jsonb_build_object('transcript', repeat('Too much. ', 4000000)) else '{}' end
      from debrief.video_recordings, generate_series(1, 2) n;
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Go on.')});

wait_for_sql($node, q{select exists (select from debrief.analysis_jobs where status = 'failed')});
is($node->safe_psql('postgres', q{select j.error_code, j.attempts, j.last_error, octet_length(r.metadata::text) > 262144
      from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id where j.status = 'failed'}),
    'row_not_readable|1|This could not be read from the database: it may be too large.|t', 'the row that needs too much memory fails alone');
is($node->safe_psql('postgres', q{select debrief.wait_for_feedback(max(id), '20 s') from debrief.analysis_feedback}), 'completed', 'the other stages go on');
like(worker_log($node), qr/could not claim row \d+ for stage analysis: out of memory/, 'the log names the row');
is(worker_session($node), $session, 'in the same session');

$node->stop;
done_testing();
