# What real services do to answers that are good otherwise, each quirk by each service's emulator: how many rows are
# lost, and how many are bought again. A quirk is a habit: every answer has it, or, with `once`, the first one alone.
use strict;
use warnings;
use Debrief;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my %service = (
    gemini => {options => "analysis_model 'gemini-3.8-flash', ssml_model 'gemini-3.8-flash', speech_model 'gemini-3.8-flash-tts', voice 'Kore'",
        chat => 'gemini-3.8-flash:', speech => 'gemini-3.8-flash-tts:'},
    openai => {options => "analysis_model 'gpt-4.1-mini', ssml_model 'gpt-4.1-mini', speech_model 'gpt-4o-mini-tts', speech_format 'wav'",
        path => '/v1', chat => 'chat/completions', speech => 'audio/speech'},
    google_tts => {options => "voice 'en-US-Neural2-C'", speech => 'text:synthesize'},
    azure_speech => {module => 'azure', options => "voice 'en-US-JennyNeural'", speech => 'cognitiveservices/v1'},
    elevenlabs => {options => "voice '21m00Tcm4TlvDq8ikWAM', model 'eleven_multilingual_v2'", speech => 'text-to-speech'},
    polly => {options => "voice 'Joanna', region 'us-east-1'", key => 'AKIDEXAMPLE:test-secret', speech => 'v1/speech'},
);
my $folder = new_folder();
chmod 0755, $folder;
my $key_lines = '';
for my $kind (sort keys %service)
{
    my $it = $service{$kind};
    $it->{emulator} = new_emulator($it->{module} // $kind, set => {engine => 'tone', polls => 0});
    $it->{url} = $it->{emulator}->url . ($it->{path} // '');
    $key_lines .= "$kind 127.0.0.1:$it->{emulator}{port} " . ($it->{key} // 'test-key') . "\n";
}
append_to_file("$folder/keys", $key_lines);
chmod 0600, "$folder/keys";
my $node = new_cluster('quirks', conf => "pg_debrief.safety_poll = '1s'\npg_debrief.key_file = '$folder/keys'");
sub sql { return $node->safe_psql('postgres', $_[0]) }
for my $kind (sort keys %service)
{
    sql("create server $kind foreign data wrapper debrief options (kind '$kind', base_url '$service{$kind}{url}', key '$kind', $service{$kind}{options})");
}
sql(qq{create server recordings foreign data wrapper debrief options (kind 'directory', path '$folder');
    update debrief.stages set backoff_base_ms = 10, backoff_cap_ms = 20;
    update debrief.stages set store = 'recordings' where stage = 'analysis';
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/x.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings;});
my $job = sql('select id from debrief.analysis_jobs');
my $videos = 0;
my (@table, %count);

# Has a row processed by a service with the quirk, and notes how it ended.
sub try_quirk
{
    my ($kind, $stage, $quirk, $fault, $once) = @_;
    my $it = $service{$kind};
    sql("update debrief.stages set server = case stage when 'ssml' then 'template' else '$kind' end where stage <> 'analysis' or '$stage' = 'analysis'");
    sql("update debrief.stages set server = '$kind' where stage = 'ssml'") if $stage eq 'ssml';
    sql("update debrief.stages set server = 'elevenlabs' where stage = 'audio'") if $stage ne 'audio';
    $it->{emulator}->request('POST', '/_control/reset', {});
    $it->{emulator}->fault($stage eq 'audio' ? $it->{speech} : $it->{chat}, $fault, $once ? 1 : -1);
    my $row;
    if ($stage eq 'analysis')
    {
        $videos++;
        my $path = owner_id() . "/talk$videos.mp4";
        mkdir "$folder/" . owner_id();
        append_to_file("$folder/$path", "video $videos");
        my $recording = sql("insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata)
            values ('@{[owner_id()]}', '$path', 'completed', '{\"transcript\": \"Good morning, and welcome.\"}') returning id");
        $row = "(select status, attempts, error_code, coalesce(version, '') from debrief.analysis_jobs where video_recording_id = $recording)";
    }
    else
    {
        my $id = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Look at the camera & breathe, and speak slowly.') returning id");
        $row = $stage eq 'ssml'
            ? "(select ssml_status, ssml_attempts, ssml_error_code, coalesce((select min(version) from debrief.analysis_ssml_segments where feedback_id = $id), '') from debrief.analysis_feedback where id = $id)"
            : "(select audio_status, audio_attempts, audio_error_code, '' from debrief.analysis_feedback where id = $id)";
    }
    my @end;
    wait_until(sub { sql("select debrief.resume_server('$kind')"); @end = split /\|/, sql("select * from $row r"), -1; $end[0] =~ /completed|failed/ }, "$kind: $quirk ends");
    my $result = $end[0] eq 'failed' ? 'lost' : $end[1] > 1 ? 'bought again' : $end[3] =~ /template/ ? 'used, words by template' : 'used';
    $count{$result =~ s/,.*//r}++;
    push @table, [$quirk . ($once ? ' (once)' : ''), "$kind, $stage", $result];
    isnt($result, 'lost', "$quirk of $kind, $stage: is not lost") or diag("$end[2]: " . sql("select coalesce(string_agg(code || ' ' || detail, '; '), '') from debrief.attempts where id > (select max(id) - 3 from debrief.attempts)"));
}

my $limited = {status => 200, headers => {'Content-Type' => 'application/json'}, body => '{"error": {"message": "Rate limit exceeded", "code": 429}}'};
my @wrappings = qw(bom comma control fence fence_in_line key_twice prose string think think_fence);
for my $kind (qw(gemini openai))
{
    try_quirk($kind, 'analysis', $_, "says:$_") for @wrappings, qw(equal_items long_texts metric_names), $kind eq 'openai' ? 'reasoning' : ();
    try_quirk($kind, 'ssml', $_, "says:$_") for @wrappings, qw(break_12s elements entities other_words outside), $kind eq 'openai' ? 'reasoning' : ();
    for my $stage (qw(analysis ssml))
    {
        try_quirk($kind, $stage, $_->[0], $_->[1], 1) for ['answer cut at its limit', 'truncated_answer'], ['no JSON', 'not_json'], ['overloaded', '503'], ['429 under status 200', $limited];
    }
    try_quirk($kind, 'ssml', 'no_words', 'says:no_words', 1);
}
my @streamed = qw(sizes_0 sizes_7f sizes_ff wav_twice wav_twice_streamed);
try_quirk('gemini', 'audio', $_, "sound:$_") for @streamed, 'mp3';
try_quirk('gemini', 'audio', 'text instead of speech', '400_not_speech', 1);
try_quirk('openai', 'audio', $_, "sound:$_") for @streamed, 'mp3';
sql("alter server openai options (set speech_format 'pcm')");
try_quirk('openai', 'audio', "$_ for pcm", "sound:$_") for qw(mp3 wav wav_twice_streamed);
try_quirk('openai', 'audio', 'error in JSON for pcm', $limited, 1);
sql("alter server elevenlabs options (add output_format 'wav_24000')");
try_quirk('elevenlabs', 'audio', $_, "sound:$_") for @streamed;
sql("alter server elevenlabs options (set output_format 'pcm_24000')");
try_quirk('elevenlabs', 'audio', "$_ for pcm", "sound:$_") for qw(mp3 wav);
sql("alter server elevenlabs options (drop output_format)");
try_quirk('google_tts', 'audio', $_, "sound:$_") for qw(mp3 sizes_ff wav wav_twice);
try_quirk('azure_speech', 'audio', $_, "sound:$_") for qw(wav wav_twice_streamed);
try_quirk('polly', 'audio', 'mp3', 'sound:mp3');
for my $kind (sort keys %service)
{
    # A numeric code of 400 in the body, as Google writes it, is a refusal, whatever the status.
    try_quirk($kind, 'audio', $_, $_, 1) for qw(503 html_502 empty), $kind =~ /google|gemini/ ? () : 'error_in_200';
}

note(sprintf('%-28s | %-24s | %s', @$_)) for ['quirk', 'service', 'result'], @table;
note(scalar(@table) . ' quirks: ' . join ', ', map { "$count{$_} $_" } sort keys %count);
is($count{lost} // 0, 0, 'no row is lost to a quirk');
$node->stop;
done_testing();
