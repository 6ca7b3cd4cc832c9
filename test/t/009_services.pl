# Each speech service and each store, as its emulator judges it: spoken, kept, deleted; and what an
# operator is told when something is wrong.
use strict;
use warnings;
use Debrief;
use Home;
use Golden;
use File::Basename qw(dirname);
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = new_folder();
chmod 0755, $folder;
my $address = '127.0.0.1';
my %service = (
    google_tts => {options => "voice 'en-US-Neural2-C'", key => 'canary-google'},
    openai => {options => "speech_model 'gpt-4o-mini-tts', ssml_model 'gpt-4.1-mini', analysis_model 'gpt-4.1-mini'", key => 'canary-openai'},
    azure_speech => {module => 'azure', options => "voice 'en-US-JennyNeural'", key => 'canary-azure'},
    elevenlabs => {options => "voice '21m00Tcm4TlvDq8ikWAM', model 'eleven_multilingual_v2'", key => 'canary-eleven'},
    polly => {options => "voice 'Joanna', region 'us-east-1'", key => 'AKIDEXAMPLE:canary-polly', set => {secret_access_key => 'canary-polly'}},
    supabase => {options => "bucket 'test-bucket'", path => '/storage/v1', key => 'sb_secret_canary', set => {secret_key => 'sb_secret_canary'}},
    s3 => {options => "bucket 'test-bucket', region 'us-east-1', prefix 'coach'", key => 'AKIDEXAMPLE:canary-s3', set => {secret_access_key => 'canary-s3'}},
);

# A service account of our own, for the emulator that sells tokens.
system('openssl', 'genrsa', '-out', "$folder/private.pem", '2048') == 0 or die 'openssl';
system('openssl', 'rsa', '-in', "$folder/private.pem", '-pubout', '-out', "$folder/public.pem") == 0 or die 'openssl';
my $account = encode_json({type => 'service_account', client_email => 'speaker@canary.example', private_key => slurp_file("$folder/private.pem")});
append_to_file("$folder/account.json", $account);

my $key_lines = '';
for my $kind (sort keys %service)
{
    my $it = $service{$kind};
    $it->{set} //= {key => $it->{key}};
    $it->{set}{public_key} = "$folder/public.pem" if $kind eq 'google_tts';
    $it->{set}{engine} = 'tone' unless $kind =~ /supabase|s3/;
    $it->{emulator} = new_emulator($it->{module} // $kind, set => $it->{set});
    $it->{url} = $it->{emulator}->url . ($it->{path} // ($kind eq 'openai' ? '/v1' : ''));
    my ($place) = $it->{url} =~ m{//([^/]+)};
    $key_lines .= "$kind $place $it->{key}\n";
    $key_lines .= "account $place \@$folder/account.json\n" if $kind eq 'google_tts';
    $key_lines .= "wrong $place canary-wrong\n" if $kind eq 'openai';
}
append_to_file("$folder/keys", $key_lines);
$service{google_tts}{emulator}->request('POST', '/_control/set', {token_audience => "$service{google_tts}{url}/token"});
chmod 0600, "$folder/keys", "$folder/account.json";

my $node = new_cluster('services', conf => join "\n", "pg_debrief.safety_poll = '1s'", "pg_debrief.key_file = '$folder/keys'",
    'pg_debrief.attempt_history = all', 'log_statement = all');
sub sql { return $node->safe_psql('postgres', $_[0]) }

for my $kind (sort keys %service)
{
    sql("create server $kind foreign data wrapper debrief options (kind '$kind', base_url '$service{$kind}{url}', key '$kind', $service{$kind}{options})");
}
mkdir "$folder/sounds"; chmod 0755, "$folder/sounds";
sql(qq{create server files foreign data wrapper debrief options (kind 'directory', path '$folder/sounds');
    create server tokens foreign data wrapper debrief options (kind 'google_tts', base_url '$service{google_tts}{url}', key 'account',
        token_url '$service{google_tts}{url}/token', voice 'en-US-Neural2-C');
    update debrief.stages set backoff_base_ms = 10, backoff_cap_ms = 50;
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/x.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings;});
my $job = sql('select id from debrief.analysis_jobs');

sub objects { my ($store) = @_; my @names = sort keys %{$service{$store}{emulator}->state->{service}{objects}}; return @names }
sub troubles { my ($kind) = @_; return grep { !defined $_->{status} || $_->{status} >= 400 } $service{$kind}{emulator}->requests() }

# Has a message spoken; answers the feedback's id.
sub speak
{
    my ($message) = @_;
    $message =~ s/'/''/g;
    my $id = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$message') returning id");
    wait_until(sub { sql("select debrief.wait_for_feedback($id, '1 s')") =~ /completed|failed/ }, "feedback $id ends");
    return $id;
}

# Every service speaks, into a store that differs from one to the next.
my %store_of = (google_tts => 'database', tokens => 'files', openai => 'supabase', azure_speech => 's3', elevenlabs => 's3', polly => 'supabase');
my $long = join ' ', map { "Sentence number $_ is here to be spoken, and it is <not> short & simple." } 1 .. 52;
for my $kind (sort keys %store_of)
{
    my $store = $store_of{$kind};
    sql("update debrief.stages set server = '$kind', store = '$store' where stage = 'audio'");
    my $id = speak("Look up, \x{201c}please\x{201d}. Then <smile> & breathe.");
    is(sql("select audio_status, audio_attempts from debrief.analysis_feedback where id = $id"), 'completed|1', "$kind speaks into $store")
        or diag(sql("select audio_last_error, (select string_agg(detail, ' ') from debrief.attempts a where a.row_id = f.id) from debrief.analysis_feedback f where id = $id"));
    is(sql("select bool_and(duration_ms > 500 and store = '$store') from debrief.analysis_audio_segments where feedback_id = $id"), 't', "$kind: the sound has a length");
    if ($store =~ /s3|supabase/)
    {
        my $path = sql("select storage_path from debrief.analysis_audio_segments where feedback_id = $id");
        is(scalar(grep { m{\Q$path\E$} } objects($store)), 1, "$kind: and is where its path says");
    }
    my $parts = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$long') returning id");
    wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where id = $parts", "$kind speaks a long message in parts");
}
# What was joined from parts is one sound to others, too.
my @files = split /\n/, `find $folder/sounds -type f`;
cmp_ok(scalar(@files), '>=', 2, 'the sounds are files');
for my $sound (@files)
{
    is(`ffmpeg -nostdin -v error -i $sound -f null - 2>&1`, '', 'ffmpeg decodes ' . ($sound =~ m{([^/]+)$})[0]);
}
for my $kind (sort keys %service)
{
    my @troubles = troubles($kind);
    is(scalar(@troubles), 0, "the emulator of $kind found nothing wrong")
        or diag(join "\n", map { "$_->{method} $_->{path} " . ($_->{status} // '-') . ' ' . substr($_->{body} // '', 0, 300) } @troubles);
}
# language_code is not sent to models that guess it themselves.
for my $kind (grep { $_ ne 'azure_speech' } sort keys %service)  # whose SDK speaks another protocol
{
    is_deeply([Golden::complaints($kind, qr/^$/, grep { $_->{path} ne '/token' } $service{$kind}{emulator}->requests())], [], "$kind: the requests are those that the SDK makes");
}
is(scalar(grep { $_->{path} eq '/token' } $service{google_tts}{emulator}->requests()), 1, 'an access token is asked for once and used again');
wait_for_sql($node, q{select count(*) >= 6 and bool_and(characters > 0 and audio_seconds > 0) from debrief.usage where stage = 'audio'}, 'usage is told for each');

# A token that dies early is replaced once, and no row pays for it.
$service{google_tts}{emulator}->request('POST', '/_control/set', {tokens_epoch => 2});
sql("update debrief.stages set server = 'tokens', store = 'files' where stage = 'audio'");
my $again = speak('Once more with a new token.');
is(sql("select audio_status, audio_attempts from debrief.analysis_feedback where id = $again"), 'completed|1', 'a token that was refused is replaced without an attempt');

# Ambiguous uploads are looked at, and not repeated.
for my $store ('s3', 'supabase')
{
    sql("update debrief.stages set server = 'openai', store = '$store' where stage = 'audio'");
    my $emulator = $service{$store}{emulator};
    my $method = $store eq 's3' ? 'PUT' : 'POST';
    $emulator->fault("^$method ", 'drop_answer');
    my $before = objects($store);
    my $id = speak("An answer that is lost in $store.");
    is(sql("select audio_status, audio_attempts from debrief.analysis_feedback where id = $id"), 'completed|1', "$store: an upload whose answer was lost is found");
    is(scalar(objects($store)) - $before, 1, "$store: and was done once");
    $emulator->fault("^$method ", '503', 2);
    my $calls = () = $service{openai}{emulator}->requests(qr{speech});
    $id = speak("A store that is busy: $store.");
    is(sql("select audio_status, audio_attempts from debrief.analysis_feedback where id = $id"), 'completed|1', "$store: what was paid for is kept until the store takes it");
    is(scalar(() = $service{openai}{emulator}->requests(qr{speech})) - $calls, 1, "$store: and not made again");
}

# Recordings come from stores too: what was put there is analysed from there.
for my $store ('s3', 'supabase')
{
    my $path = owner_id() . '/talk.mp4';
    my $bytes = 'video ' . 'y' x 2_000_000;
    if ($store eq 's3') { append_to_file("$folder/video", $bytes); system('python3', dirname($INC{'Debrief.pm'}) . '/emulators/put_object.py', $service{s3}{emulator}->url, 'canary-s3', "/test-bucket/coach/$path", "$folder/video") == 0 or die 'put' }
    else { my $put = $service{supabase}{emulator}{http}->request('POST', "$service{supabase}{url}/object/test-bucket/$path", {headers => {apikey => 'sb_secret_canary', 'Content-Type' => 'video/mp4'}, content => $bytes}); $put->{success} or die "put: $put->{content}" }
    my $stub = new_stub();
    my $url = $stub->url;
    sql("create server coach_$store foreign data wrapper debrief options (kind 'http', base_url '$url');
        update debrief.stages set server = 'coach_$store', store = '$store' where stage = 'analysis'");
    my $recording = sql("insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('@{[owner_id()]}', '$path', 'completed') returning id");
    wait_for_sql($node, "select status = 'completed' from debrief.analysis_jobs where video_recording_id = $recording", "a recording of $store is analysed");
    my ($request) = $stub->requests('/v1/analyze');
    cmp_ok($request->{bytes} // length($request->{body} // ''), '>', 0, "$store: the provider got the video");
    my $missing = sql("insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('@{[owner_id()]}', '@{[owner_id()]}/none.mp4', 'completed') returning id");
    wait_for_sql($node, "select status = 'failed' and error_code = 'object_not_found' from debrief.analysis_jobs where video_recording_id = $missing", "$store: a recording that is not there fails for good");
    is(sql('select count(*) from debrief.server_states'), '0', "$store: and says nothing of the servers");
}

# Deleting rows deletes objects; what cannot be deleted is told, and tried again.
my $put_away = grep { m{/audio/} } objects('s3'), objects('supabase');
cmp_ok($put_away, '>', 4, 'there are objects to delete');
$service{s3}{emulator}->fault('^DELETE ', '403', 1);
sql('delete from debrief.analysis_feedback');
wait_for_sql($node, q{select count(*) > 0 from debrief.object_deletions where last_error like '%key%'}, 'an object that could not be deleted is told with the reason');
wait_until(sub { !grep { m{/audio/} } objects('s3'), objects('supabase') }, 'all objects are deleted');
wait_for_sql($node, q{select not exists (select from debrief.object_deletions where due_at < now() + interval '1 hour')}, 'and the queue is empty but for notes');

# Try a server out.
for my $kind (sort keys %service, 'tokens', 'files', 'template', 'database')
{
    is(sql("select ok from debrief.test_server('$kind')"), 't', "$kind works, and test_server() says so")
        or diag(sql("select message from debrief.test_server('$kind')"));
}
sql("create server mistaken foreign data wrapper debrief options (kind 'openai', base_url '$service{openai}{url}', key 'wrong', speech_model 'gpt-4o-mini-tts');
    create server modelless foreign data wrapper debrief options (kind 'openai', base_url '$service{openai}{url}', key 'openai', speech_model 'no-such-model');
    create server bucketless foreign data wrapper debrief options (kind 's3', base_url '$service{s3}{url}', key 's3', bucket 'none', region 'us-east-1');
    create server regionless foreign data wrapper debrief options (kind 's3', base_url '$service{s3}{url}', key 's3', bucket 'test-bucket', region 'eu-west-1');
    create server keyless foreign data wrapper debrief options (kind 'openai', base_url 'http://127.0.0.2:1', key 'openai', speech_model 'm');
    create server closed foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
    create server elsewhere foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.9:1');
    create server metadata foreign data wrapper debrief options (kind 'http', base_url 'https://169.254.169.254');");
my %words = (mistaken => 'unauthorized', modelless => 'model_not_found', bucketless => 'bucket_not_found', regionless => 'us-east-1',
    keyless => 'not for 127.0.0.2:1', closed => 'unreachable', elsewhere => 'allowed_hosts', metadata => 'allowed_hosts');
for my $server (sort keys %words)
{
    like(sql("select ok, message from debrief.test_server('$server')"), qr/^f\|.*\Q$words{$server}\E/s, "test_server() says what is wrong with $server");
}

# Limits hold over the whole server, and are kept.
sql("alter server openai options (add calls_per_minute '60', add max_in_flight '2'); update debrief.stages set server = 'openai', store = 'database' where stage = 'audio'");
my $before = scalar $service{openai}{emulator}->requests(qr{speech});
$service{openai}{emulator}->request('POST', '/_control/set', {delay_ms => 100});
sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Limited ' || n from generate_series(1, 12) n");
wait_until(sub { $service{openai}{emulator}->requests(qr{speech}) >= $before + 6 }, 'the burst is used');
replace_workers($node);
cmp_ok(scalar($service{openai}{emulator}->requests(qr{speech})) - $before, '<=', 9, 'a restart grants nothing anew');
cmp_ok($service{openai}{emulator}->state->{in_flight_max}, '<=', 2, 'no more calls at once than the server allows');
sql("alter server openai options (set calls_per_minute '6000')");
wait_for_sql($node, q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback}, 'a higher limit lets the rest through');
sql("alter server openai options (add characters_per_day '10')");
sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Over the budget.')");
wait_for_sql($node, q{select audio_status = 'queued' and ssml_status = 'completed' and audio_attempts = 0 from debrief.analysis_feedback where message = 'Over the budget.'}, 'a budget that is spent keeps rows waiting');
sql("alter server openai options (set characters_per_day '1000000')");
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Over the budget.'}, 'and lets them through when it grows');
sql("alter server openai options (add price_per_million_characters '1000000', add cost_per_day '0.5')");
sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'One unit a character.'), ($job, 'Too dear for today.')");
wait_for_sql($node, q{select state = 'budget spent' and cost_today > 0.5 from debrief.stage_status where stage = 'audio'}, 'a budget of money is spent too');
sql("alter server openai options (drop price_per_million_characters, drop cost_per_day)");
wait_for_sql($node, q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback where message in ('One unit a character.', 'Too dear for today.')}, 'and its rows wait for more');

# A quota that is used up parks the server for long and charges no row.
$service{openai}{emulator}->fault('speech', '429_quota');
sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Out of money.')");
wait_for_sql($node, q{select state = 'parked' and parked_until > now() + interval '40 minutes' from debrief.stage_status where stage = 'audio'}, 'a used up quota parks the server');
is(sql(q{select audio_status, audio_attempts from debrief.analysis_feedback where message = 'Out of money.'}), 'queued|0', 'and charges no row');

# No secret is anywhere but in the key file.
my $dump = `pg_dump -h @{[$node->host]} -p @{[$node->port]} postgres`;
unlike($dump, qr/canary-|sb_secret_canary|PRIVATE KEY/, 'no dump holds a key');
unlike(slurp_file($node->logfile), qr/canary-(?!wrong)|sb_secret_canary|PRIVATE KEY/, 'nor the server log');
is(sql(q{select count(*) from debrief.attempts a where a::text ~ 'canary|PRIVATE'}), '0', 'nor the attempts');
is(sql(q{select count(*) from pg_stat_activity a where a::text ~ 'cana[r]y-|PRIVAT[E]'}), '0', 'nor pg_stat_activity');
for my $kind (sort keys %service)
{
    is(scalar(grep { $_->{secret_in_url} } $service{$kind}{emulator}->requests()), 0, "$kind: no key was in a URL");
}

$node->stop;
done_testing();
