# Whatever a provider does to an answer, the row ends as the table in docs/operate.md says, the worker
# lives, and the next row is spoken.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $emulator = new_emulator('openai', set => {engine => 'tone', require_key => 0});
my $node = new_cluster('faults', conf => "pg_debrief.safety_poll = '1s'");
my $url = $emulator->url;
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql(qq{create server openai foreign data wrapper debrief options (kind 'openai', base_url '$url/v1', speech_model 'gpt-4o-mini-tts');
    update debrief.stages set server = 'openai', timeout_ms = 2000, backoff_base_ms = 10, backoff_cap_ms = 20 where stage = 'audio';
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/x.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings;});
my $worker = running_worker($node);

sub ends
{
    my ($fault, $status, $attempts, $more) = @_;
    $more //= '';
    $emulator->fault('POST /v1/audio/speech', $fault);
    my $id = sql("insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Fault ' || n || '$more' from debrief.analysis_jobs, (select count(*) n from debrief.analysis_feedback) x returning id");
    # A server that is parked, or was in doubt, is tried at once.
    wait_until(sub { sql("select debrief.resume_server('openai')"); sql("select debrief.wait_for_feedback($id, '200 ms')") =~ /completed|failed/ }, "$fault ends");
    is(sql("select audio_status, audio_attempts from debrief.analysis_feedback where id = $id"), "$status|$attempts", "$fault: $status after $attempts")
        or diag(sql("select coalesce(string_agg(code || ' ' || detail, '; '), '') from debrief.attempts where row_id = $id"));
}

# No answer, one of a gateway, or one that may be the server's fault costs nothing while nobody else is served.
ends($_, 'completed', 1) for qw(reset_mid_body truncate chunked_cut after_timeout:4000 slow_first_byte:4000 hang
    html_502 500 502 504 503 503_retry_after drip:1000);
# An answer about the row that cannot be used costs an attempt.
ends($_, 'completed', 2) for qw(empty gzip_bomb huge:80000000 long_header:120000 error_in_200);
# What leaves the answer whole costs nothing.
ends($_, 'completed', 1) for qw(http10 duplicate_headers wrong_content_type:text/html);
# A warm connection that died is no answer: the client asks once more on a new one.
ends('drop_answer', 'completed', 1);
# An input that is too large is split finer; one that is small already is not sent again.
ends('413', 'completed', 1, ', and look ahead while you speak' x 8);
ends('413', 'failed', 1);
# A sound in a format that is not read is the server's fault: no attempt is charged.
ends('audio_ogg', 'completed', 1);
# A busy server, a key that is refused and an address that is wrong charge no attempt.
ends($_, 'completed', 1) for qw(429 429_retry_after 401 403 404 redirect:http://169.254.169.254/);
# What will never work fails at once.
ends('400', 'failed', 1);
# A streamed WAV, whatever it gives for its sizes.
sql("alter server openai options (add speech_format 'wav')");
ends("wav_sizes:$_", 'completed', 1) for qw(0 ffffffff 7fffffff 7ffff000);
# Punctuation alone is nothing to buy: a little silence is kept.
my $calls = () = $emulator->requests();
my $silent = sql("insert into debrief.analysis_feedback (analysis_job_id, message) select id, '... ?!' from debrief.analysis_jobs returning id");
wait_until(sub { sql("select debrief.wait_for_feedback($silent, '200 ms')") =~ /completed|failed/ }, 'a message without words ends');
is(sql("select format, duration_ms::int from debrief.analysis_audio_segments where feedback_id = $silent"), 'wav|250', 'nothing to say is a little silence');
is(scalar(() = $emulator->requests()), $calls, 'and no call');
is(worker_pid($node), $worker, 'the worker has lived through all of it');
is(scalar(grep { $_->{path} !~ m{^/v1/} } $emulator->requests()), 0, 'no redirect was followed');

$node->stop;
done_testing();
