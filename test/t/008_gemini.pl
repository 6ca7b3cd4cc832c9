# A whole analysis by the Gemini API, as its emulator judges it: one set of rows, the upload not
# repeated, its file deleted, whatever dies in between.
use strict;
use warnings;
use Debrief;
use Home;
use Golden;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $emulator = new_emulator('gemini', set => {polls => 2, engine => 'tone', key => 'canary-key-4711'});
my $keys = new_folder() . '/keys';
open(my $file, '>', $keys) or die $!;
print $file "gemini 127.0.0.1:$emulator->{port} canary-key-4711\n";
close $file;
chmod 0600, $keys;
my $node = new_cluster('gemini', conf => join "\n", 'restart_after_crash = on', "pg_debrief.safety_poll = '1s'",
    "pg_debrief.key_file = '$keys'", 'log_min_messages = debug1', "pg_debrief.attempt_history = all");
my $root = new_folder();
chmod 0755, $root;
my $url = $emulator->url;
$node->safe_psql('postgres', qq{
    create server gemini foreign data wrapper debrief options (kind 'gemini', base_url '$url', key 'gemini',
        analysis_model 'gemini-3.8-flash', ssml_model 'gemini-3.8-flash', speech_model 'gemini-3.8-flash-tts', voice 'Kore');
    create server recordings foreign data wrapper debrief options (kind 'directory', path '$root');
    update debrief.voices set speech_instruction = 'calm and kind';
    update debrief.stages set server = 'gemini', backoff_base_ms = 10, backoff_cap_ms = 50;
    update debrief.stages set store = 'recordings' where stage = 'analysis';});

sub uploads { return scalar grep { encode_json($_->{query}) =~ /upload_id/ && ($_->{status} // 0) == 200 } $emulator->requests(qr{^POST /upload}) }
sub files { return scalar keys %{$emulator->state->{service}{files}} }

# An analysis that a step is spoilt for, from its upload to its sounds.
my $videos = 0;
sub analyse
{
    my ($what, $match, $skip, $uploads_max) = @_;
    $emulator->request('POST', '/_control/reset', {});
    $emulator->request('POST', '/_control/fault', {match => $match, fault => 'hang', times => 1, skip => $skip}) if $match;
    my $id = add_recording($node, $root, 'talk' . ++$videos . '.mp4', "video $videos " . 'x' x 400_000);
    if ($match)
    {
        wait_until(sub { ($emulator->state->{in_flight} // 0) > 0 && !$emulator->state->{faults_waiting} }, "$what: the request hangs");
        my $pid = running_worker($node);
        kill 'KILL', $pid;
        # It is seen for a moment longer: the server notices its end, and then ends all sessions.
        wait_until(sub { my $now = eval { worker_pid($node) } // ''; $now =~ /^\d+$/ && $now != $pid }, "$what: the worker is back");
    }
    wait_for_sql($node, qq{select bool_and(f.audio_status = 'completed')
        from debrief.analysis_jobs j join debrief.analysis_feedback f on f.analysis_job_id = j.id
        where j.video_recording_id = $id and j.status = 'completed'}, "$what: all of it is spoken");
    is($node->safe_psql('postgres', "select count(*) > 0, count(*) = count(distinct message) from debrief.analysis_feedback f
        join debrief.analysis_jobs j on j.id = f.analysis_job_id where j.video_recording_id = $id"), 't|t', "$what: there is one set of feedback");
    cmp_ok(uploads(), '<=', $uploads_max, "$what: the recording was uploaded no more than it must");
    is($node->safe_psql('postgres', "select exchange_state is null from debrief.analysis_jobs where video_recording_id = $id"), 't',
        "$what: nothing of the exchange is left in the row");
    wait_until(sub { files() == 0 }, "$what: the file is deleted");
    wait_for_sql($node, 'select not exists (select from debrief.object_deletions)', "$what: and the deletion settled");
    return $id;
}

analyse('undisturbed', undef, 0, 1);
my @log = $emulator->requests();
is(scalar(grep { ($_->{status} // 0) >= 400 } @log), 0, 'the emulator found nothing wrong')
    or diag(join "\n", map { "$_->{method} $_->{path} $_->{status} " . ($_->{body} // '') } grep { ($_->{status} // 0) >= 400 } @log);
is(scalar(grep { $_->{secret_in_url} } @log), 0, 'no key was in a URL');
is_deeply([Golden::complaints('gemini', qr/^\.file\.name$|\.speechMetadata\b/, @log)], [],
    'the requests are those that the SDK makes, with a name of our own for the file, and the style of newer models');
is($node->safe_psql('postgres', q{select bool_and(version like 'gemini%' and provider = 'gemini') from debrief.analysis_jobs}), 't',
    'the model is told with its work');
wait_for_sql($node, q{select count(*) = 3 and bool_and(calls > 0) and sum(input_tokens) > 0 and sum(output_tokens) > 0
    from debrief.usage where server = 'gemini'}, 'what was used is told by day and stage');
is($node->safe_psql('postgres', q{select bool_and(audio_ms > 0 and input_tokens > 0) from debrief.attempts where stage = 'audio'}), 't',
    'and by attempt');

analyse('killed before the upload begins', 'POST /upload', 0, 1);
analyse('killed in mid-upload', 'POST /upload', 1, 1);
analyse('killed while the file is processed', 'GET /v1beta/files', 0, 1);
analyse('killed while the model thinks', 'POST /v1beta/models/gemini-3.8-flash:', 0, 1);
analyse('killed while the model speaks', 'POST /v1beta/models/gemini-3.8-flash-tts:', 0, 1);

# A file that is lost is uploaded again, and counts as an attempt.
$emulator->request('POST', '/_control/reset', {});
$emulator->fault('POST /v1beta/models/gemini-3.8-flash:', '403_file');
my $lost = add_recording($node, $root, 'lost.mp4', 'a video');
wait_for_sql($node, "select status = 'completed' and attempts = 2 from debrief.analysis_jobs where video_recording_id = $lost");
is(uploads(), 2, 'a file that was lost is uploaded again');

# The next attempt says to the model what was wrong with its last answer.
$emulator->request('POST', '/_control/reset', {});
$emulator->fault('POST /v1beta/models/gemini-3.8-flash:', 'not_json');
my $sorry = add_recording($node, $root, 'sorry.mp4', 'a video');
wait_for_sql($node, "select status = 'completed' and attempts = 2 from debrief.analysis_jobs where video_recording_id = $sorry");
my @asked = grep { /Watch the recording/ } map { $_->{body} // '' } $emulator->requests(qr{^POST /v1beta/models/gemini-3.8-flash:});
unlike($asked[0], qr/Your last answer/, 'the first attempt knows of no answer');
like($asked[1], qr/Your last answer could not be used: .*it begins: I am sorry/, 'the next says what was wrong with it');

# A recording that the service cannot read fails for good, and its file goes.
$emulator->request('POST', '/_control/set', {file_fails => 1});
my $bad = add_recording($node, $root, 'bad.mp4', 'no video');
wait_for_sql($node, "select status = 'failed' and attempts = 1 and error_code = 'unsupported_media' from debrief.analysis_jobs where video_recording_id = $bad");
wait_until(sub { files() == 0 }, 'a file that could not be read is deleted');
$emulator->request('POST', '/_control/set', {file_fails => 0});

# A deleted recording takes along what was uploaded of it.
$emulator->request('POST', '/_control/fault', {match => 'POST /v1beta/models/gemini-3.8-flash:', fault => 'hang', times => 1});
my $gone = add_recording($node, $root, 'gone.mp4', 'a video');
wait_until(sub { $emulator->state->{in_flight} > 0 && files() == 1 }, 'the model is asked');
$node->safe_psql('postgres', "delete from debrief.video_recordings where id = $gone");
wait_until(sub { files() == 0 }, 'the file of a deleted recording is deleted');

# The key is nowhere but in the key file.
my $dump = `pg_dump -h @{[$node->host]} -p @{[$node->port]} postgres`;
unlike($dump, qr/canary-key/, 'no dump holds the key');
unlike(slurp_file($node->logfile) . worker_log($node), qr/canary-key/, 'nor a log');
is($node->safe_psql('postgres', q{select count(*) from debrief.attempts a where a::text like '%canary%'}), '0', 'nor the attempts');

$node->stop;
done_testing();
