# The console's streams and bytes on a real pipeline: the whole state, then what changed, for those who look.
use strict;
use warnings;
use Console;
use Debrief;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('streams');
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $owner = owner_id();
my $stub = new_stub();
my $root = $stub->serve($node);
my $video = join '', map { chr($_ % 256) } 0 .. 99_999;
my $recording = add_recording($node, $root, 'talk.mp4', $video);
wait_for_sql($node, q{select count(*) = 1 and bool_and(status = 'completed') from debrief.analysis_jobs});
my $job = sql('select id from debrief.analysis_jobs');
wait_for_sql($node, q{select bool_and(status = 'completed') from debrief.feedback_status});
my $item = sql('select min(id) from debrief.analysis_feedback');
my $second = sql("insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('22222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222/x.mp4', 'completed') returning id");
wait_for_sql($node, 'select count(*) = 2 from debrief.analysis_jobs');
my $other_job = sql("select id from debrief.analysis_jobs where video_recording_id = $second");
sql(q{create role console login; grant debrief_reader, debrief_app to console});

my $dsn = 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres user=console';
my $secret = 's' x 40;
my $key_file = new_folder() . '/secret';
PostgreSQL::Test::Utils::append_to_file($key_file, "$secret\n");
my $console = new_console('--dsn', $dsn, '--open', '--store', "recordings=$root",
    '--jwt-algorithm', 'HS256', '--jwt-key-file', $key_file, '--jwt-audience', 'app');
my $hours = time + 3600;
sub token { return Console::hs256_token($secret, {role => 'debrief_app', sub => $owner, aud => 'app', exp => $hours, @_}) }
my @as_owner = (Authorization => 'Bearer ' . token());
sub json { my ($answer) = @_; return eval { decode_json($answer->{content}) } // {} }
sub get { my ($path, %headers) = @_; return $console->get('page', $path, %headers) }
sub queries { return sql(q{select coalesce(sum(xact_commit), 0) from pg_stat_database where datname = 'postgres'}) }

# Whoever tries it, and whoever owns it.
is(json(get('/api/session'))->{mode}, 'open', 'an open console asks for no login');
is(json(get('/api/session'))->{can}{operate}, JSON::PP::false, 'and lets nobody operate');
is($console->request('page', 'POST', '/api/actions/pause', content => '{"stage":"audio"}', headers => {'Content-Type' => 'application/json'})->{status}, 403, 'or act');
my $session = json(get('/api/session', @as_owner));
is_deeply([@{$session}{qw(mode role user_id)}], ['jwt', 'debrief_app', $owner], 'a token says who it is');
is(get("/api/analyses/$job", @as_owner)->{status}, 200, 'an owner reads their analysis');
is(get("/api/analyses/$other_job", @as_owner)->{status}, 404, 'no other');
is(get("/api/events?topic=analysis:$other_job", @as_owner)->{status}, 404, 'and follows no other');
is(get("/recordings/$second", @as_owner)->{status}, 404, 'nor sees another video');
is(json(get("/api/recordings/$recording/analysis", @as_owner))->{job}{id}, $job, 'the analysis of a recording');
for (['expired' => token(exp => time - 10)], ['another audience' => token(aud => 'other')], ['not yet' => token(nbf => time + 600)],
     ['another secret' => Console::hs256_token('t' x 40, {role => 'debrief_app', sub => $owner, aud => 'app', exp => $hours})],
     ['none' => Console::hs256_token('', {role => 'debrief_app', aud => 'app', exp => $hours}, 'none')],
     ['no role' => token(role => undef)], ['role none, which would be the console itself' => token(role => 'none')], ['a role that is none' => token(role => 'ghost')], ['not a token' => 'abc'],
     ['a role that is not the console\'s to take' => token(role => 'postgres')]) {
    my ($name, $token) = @$_;
    is(get('/api/session', Authorization => "Bearer $token")->{status}, 401, "$name: 401");
}
is($console->request('page', 'POST', '/api/actions/rate_feedback', content => qq({"feedback_id":$item,"rating":"up"}),
    headers => {'Content-Type' => 'application/json', @as_owner})->{status}, 200, 'an owner acts by token');
is(sql("select user_rating from debrief.analysis_feedback where id = $item"), 'up', 'as PostgreSQL has it');

# Bytes.
my $answer = get("/recordings/$recording", @as_owner);
is($answer->{content}, $video, 'a recording, whole');
is_deeply([@{$answer->{headers}}{qw(content-type accept-ranges content-disposition)}], ['video/mp4', 'bytes', 'inline'], 'as what it is');
my $tag = $answer->{headers}{etag};
is(get("/recordings/$recording", @as_owner, 'If-None-Match' => $tag)->{status}, 304, 'its tag');
for (['bytes=10-19', 206, 10, 10], ['bytes=99990-', 206, 99_990, 10], ['bytes=-5', 206, 99_995, 5], ['bytes=5-2', 200, 0, 100_000],
     ['bytes=100000-', 416, 0, 0], ['bytes=0-1,5-6', 200, 0, 100_000]) {
    my ($range, $status, $at, $bytes) = @$_;
    my $part = get("/recordings/$recording", @as_owner, Range => $range);
    is($part->{status}, $status, "$range: $status");
    is($part->{content}, substr($video, $at, $bytes), 'those bytes');
}
like(get("/recordings/$recording", @as_owner, Range => 'bytes=10-19')->{headers}{'content-range'}, qr{^bytes 10-19/100000$}, 'and says which');
symlink('/etc/passwd', "$root/$owner/link.mp4") or die $!;
my $link = sql("insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/link.mp4') returning id");
is(get("/recordings/$link", @as_owner)->{status}, 404, 'a link leads nowhere');
sql(q{create server far foreign data wrapper debrief options (kind 'directory', path '/nowhere', public_url 'https://cdn.example.com/v');
       update debrief.stages set store = 'far' where stage = 'analysis'});
my $named = sql("insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/talk #1? 50%.mp4') returning id");
is(get("/recordings/$named", @as_owner)->{headers}{location}, "https://cdn.example.com/v/$owner/talk%20%231%3F%2050%25.mp4",
    'another address is one that a browser reads as it is meant');
sql(q{update debrief.stages set store = 'recordings' where stage = 'analysis'});
my $sound = json(get("/api/analyses/$job", @as_owner))->{items}[0]{sounds}[0];
my $bytes = get("/$sound->{url}", @as_owner);
is($bytes->{status}, 200, 'a sound');
is(length $bytes->{content}, sql("select bytes from debrief.analysis_audio_segments where feedback_id = $item and segment_index = 0"), 'whole');
is($bytes->{headers}{'content-type'}, 'audio/wav', 'of its type');
is(get("/$sound->{url}", @as_owner, 'If-None-Match' => $bytes->{headers}{etag})->{status}, 304, 'its tag');
is($bytes->{headers}{'cache-control'}, 'private, no-cache', 'is asked for each time: an edit changes what is there');
is(get("/$sound->{url}", @as_owner, Range => 'bytes=4-9')->{content}, substr($bytes->{content}, 4, 6), 'a part of it');
is(get("/$sound->{url}", @as_owner, Range => 'bytes=999999999-')->{status}, 416, 'none beyond its end');

# Streams.
my $stream = $console->stream("/api/events?topic=analysis:$job", @as_owner);
my $state = $stream->event('state');
is($state->{job}{id}, $job, 'a stream begins with the state');
is(scalar(@{$state->{attempts}}), 0, 'without what owners may not read');
sql("update debrief.analysis_feedback set message = 'Look up.' where id = $item");
my $rows = $stream->event_until('rows', sub { grep { $_->{id} == $item && $_->{message} eq 'Look up.' && $_->{status} eq 'completed' } @{$_[0]{items}} });
ok(@{$rows->{items}[0]{sounds}} > 0, 'a change comes with its sounds');
my $new = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'New.') returning id");
ok($stream->event_until('rows', sub { grep { $_->{id} == $new } @{$_[0]{items}} }), 'a new item comes');
sql("delete from debrief.analysis_feedback where id = $new");
ok($stream->event_until('rows', sub { grep { $_ == $new } @{$_[0]{removed}} }), 'a deleted one goes');
sql(qq{update debrief.video_recordings set duration_seconds = 42 where id = $recording;
    select debrief.store_analysis_results($job, 'Again', 'Sum', 'Full', '{}', '[]', '[{"key": "words", "value": 7}]')});
my $end = $stream->event_until('rows', sub { $_[0]{job} && $_[0]{job}{title} eq 'Again' });
is($end->{metrics}[0]{metric_value}, 7, 'the end of an analysis comes with its metrics');
is($end->{recording}{duration_seconds}, 42, 'and its recording');
sql(qq{select debrief.store_analysis_results($job, 'As before', 'Sum', 'Full', '{}', '[{"message": "Look down."}]', '[]')});
wait_for_sql($node, q{select bool_and(status = 'completed') from debrief.feedback_status});
# A role may have its own form of intervals; the page reads one.
sql(qq{alter role console set intervalstyle = 'iso_8601'; set session_replication_role = replica;
    update debrief.analysis_jobs set status = 'processing', claim_token = 1, lease_expires_at = now() + interval '1 hour' where id = $other_job});
my $overview = $console->stream('/api/events?topic=overview');
my $all = $overview->event('state');
is_deeply([map { $_->{stage} } @{$all->{stages}}], ['analysis', 'ssml', 'audio'], 'the overview has the stages');
is_deeply($all->{problems}, [], 'no problems');
ok(ref $all->{slo} eq q(ARRAY) && @{$all->{slo}} == 3, q(the promises));
ok(@{$all->{minutes}} > 0, q(and the last hour));
ok(exists $all->{stages}[0]{rows}{due}, 'with their queues');
like($all->{stages}[0]{rows}{oldest_processing}, qr/^\d\d:\d\d:\d\d/, 'and how long they take');
sql(q{select debrief.pause('audio')});
ok($overview->event_until('state', sub { $_[0]{stages}[2]{state} eq 'paused' }), 'and follows them');
sql(q{select debrief.resume('audio')});
is(json(get('/api/overview'))->{stages}[0]{stage}, 'analysis', 'the overview without a stream');
my $mine = $console->stream('/api/events?topic=mine', @as_owner);
is_deeply([map { $_->{id} } @{$mine->event('state')->{rows}}], [$job], 'an owner follows their own');
sql("update debrief.analysis_jobs set title = 'Renamed' where id = $job");
is($mine->event('state')->{rows}[0]{title}, 'Renamed', 'as they change');
is($console->get('metrics', '/metrics')->{content} =~ /^debrief_console_streams (\d+)$/m ? $1 : '', 3, 'the streams are counted');

# Anybody may notify; the database goes and comes.
sql(q{select pg_notify('debrief_status', '{"analysis_ids":[999999,"x",-1]}'), pg_notify('debrief_status', 'nonsense')});
sql(q{select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pg_debrief_console:streams'});
ok($_->ends, 'a stream whose database is gone ends') for $stream, $overview, $mine;
my $again;
wait_until(sub { $again = $console->stream("/api/events?topic=analysis:$job", @as_owner); $again && $again->event('state', 1) }, 'and there is another');
$node->stop;
ok($again->ends, 'a server that stops ends it');
is($console->get('metrics', '/healthz')->{status}, 200, 'the console lives');
wait_until(sub { get("/api/events?topic=analysis:$job", @as_owner)->{status} == 503 }, 'no stream without a database');
$node->start;
wait_until(sub { $again = $console->stream("/api/events?topic=analysis:$job", @as_owner); $again && $again->event('state', 1) }, 'a server that is back is found');

# Nobody looks: nothing is asked.
undef $_ for $stream, $overview, $mine, $again;
wait_for_sql($node, q{select count(*) = 0 from pg_stat_activity where application_name = 'pg_debrief_console:streams'});
pass('nobody looks: no connection');
is($console->stop, 0, 'it ends');
$stub->stop;
$node->stop;
done_testing();
