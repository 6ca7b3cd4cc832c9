# The whole pipeline against a provider that answers well: from the upload to the sound.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::BackgroundPsql;
use Test::More;
use Time::HiRes qw(time);

my $node = new_cluster('pipeline', conf => 'pg_debrief.notify = all');
my $stub = new_stub();
my $root = $stub->serve($node);

# A listening client hears of every change while it happens.
my $listener = $node->background_psql('postgres', on_error_stop => 1);
$listener->query('listen debrief_status');

my $bytes = 3_000_000;
my $recording = add_recording($node, $root, 'talk.mp4', 'v' x $bytes);
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
pass('an uploaded recording becomes spoken feedback without any call');

is($node->safe_psql('postgres', qq{
    select status, progress_percentage, attempts, title, summary_text, full_feedback_text, last_error is null
      from debrief.analysis_jobs where video_recording_id = $recording}),
    'completed|100|1|A talk|Short.|All of it.|t', 'the analysis is stored whole');
is($node->safe_psql('postgres', q{select metric_key, metric_value, unit from debrief.analysis_metrics}),
    'loudness|-21.5|LUFS', 'its metrics too');
is($node->safe_psql('postgres', q{
    select timestamp_seconds, category, message, confidence, impact, ssml_status, audio_status, ssml_attempts, audio_attempts
      from debrief.analysis_feedback order by timestamp_seconds}),
    "1.5|Speech|Speak up.|0.9|0.4|completed|completed|1|1\n7|Light|More light.|0.8|0.2|completed|completed|1|1",
    'and its feedback');
is($node->safe_psql('postgres', q{
    select count(*), bool_and(a.format = 'wav' and a.duration_ms = 100 and a.store = 'database' and a.audio_url like 'pg://database/%'
             and a.storage_path like f.user_id || '/videos/' || to_char(now() at time zone 'UTC', 'YYYYMMDD') || '/%/audio/' || f.id || '/0-%.wav'
             and length(o.body) = a.bytes)
      from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id
      join debrief.audio_objects o using (storage_path)}),
    '2|t', 'each sound has its place, format and true milliseconds');

my @analyses = $stub->requests('/v1/analyze');
is(scalar @analyses, 1, 'the video is sent once');
cmp_ok($analyses[0]{bytes}, '>', $bytes, 'and whole');
is((scalar grep { $_->{headers}{'debrief-correlation-id'} eq $analyses[0]{headers}{'debrief-correlation-id'} } $stub->requests),
    3, 'one correlation id follows it through all calls');

# psql prints what it was notified of when a command ends.
my $heard = '';
for my $expected (['analysis', 'processing'], ['analysis', 'completed'], ['ssml', 'processing'], ['ssml', 'completed'],
                  ['audio', 'processing'], ['audio', 'completed']) {
    my $pattern = sprintf '\{"version":1,"stage":"%s","status":"%s","feedback_ids":\[[\d,]*\],"analysis_ids":\[[\d,]+\]\}', @$expected;
    wait_until(sub { $heard .= $listener->query('select 1'); $heard =~ /$pattern/ }, "a NOTIFY of @$expected");
    pass("NOTIFY debrief_status told: @$expected");
}
$listener->quit;

# By hand: inserted, waited for, edited.
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
my $feedback = $node->safe_psql('postgres', qq{
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'By hand & "quoted".') returning id});
is($node->safe_psql('postgres', "select debrief.wait_for_feedback($feedback)"), 'completed', 'feedback inserted by hand is spoken too');
is($node->safe_psql('postgres', "select debrief.wait_for_analysis($job)"), 'completed', 'its analysis is completed');
is($node->safe_psql('postgres', "select debrief.wait_for_recording(video_recording_id) from debrief.analysis_jobs where id = $job"), 'completed', 'and all its feedback is spoken');

# What is deleted, or made blank, is waited for no longer.
$node->safe_psql('postgres', "update debrief.stages set paused = true where stage = 'ssml'");
for my $end ("update debrief.analysis_feedback set message = ' '", 'delete from debrief.analysis_feedback') {
    my $item = $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Not yet.') returning id");
    my $waiter = $node->background_psql('postgres', on_error_stop => 0);
    $waiter->query_until(qr/waits/, "\\echo waits\nselect debrief.wait_for_recording(video_recording_id) from debrief.analysis_jobs where id = $job;\n");
    wait_for_sql($node, q{select exists (select from pg_stat_activity where query ~ '^select debrief.wait_for_recording' and wait_event_type = 'Extension')}, 'it waits');
    $node->safe_psql('postgres', "$end where id = $item");
    like($waiter->query('select 1'), qr/^completed$/m, "wait_for_recording ends: $end");
    $waiter->quit;
    $node->safe_psql('postgres', "delete from debrief.analysis_feedback where id = $item");
}
$node->safe_psql('postgres', "update debrief.stages set paused = false where stage = 'ssml'");
$node->safe_psql('postgres', "update debrief.stages set paused = true where stage = 'analysis'");
my $late = $node->safe_psql('postgres', q{
    with r as (insert into debrief.video_recordings (user_id, storage_path, upload_status)
               values (gen_random_uuid(), 'late.mp4', 'pending') returning id)
    select id from r});
my $late_job = $node->safe_psql('postgres', "insert into debrief.analysis_jobs (video_recording_id) values ($late) returning id");
is($node->safe_psql('postgres', "select debrief.wait_for_analysis($late_job, '10 ms')"), 'timeout', 'wait_for_analysis gives up in time');
is($node->safe_psql('postgres', "select debrief.wait_for_recording($late, '10 ms')"), 'timeout', 'wait_for_recording too');
my $unspoken = $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id) values ($late_job) returning id");
is($node->safe_psql('postgres', "select debrief.wait_for_feedback($unspoken, '10 ms')"), 'timeout', 'wait_for_feedback too');
is($node->safe_psql('postgres', "select debrief.delete_recording($late)"), 'deleted', 'the recording is deleted');
$node->safe_psql('postgres', "update debrief.stages set paused = false where stage = 'analysis'");
is($node->safe_psql('postgres', "select ssml like '%By hand &amp; %' from debrief.analysis_ssml_segments where feedback_id = $feedback"),
    't', 'its text is escaped');
$node->safe_psql('postgres', "update debrief.analysis_feedback set message = 'Edited.' where id = $feedback");
is($node->safe_psql('postgres', "select debrief.wait_for_feedback($feedback)"), 'completed', 'an edited message is spoken anew');
is($node->safe_psql('postgres', "select count(*) from debrief.analysis_ssml_segments where feedback_id = $feedback and ssml like '%Edited.%'"),
    '1', 'in place of the old one');
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '  ')");

# A re-run replaces what the analysis made, and keeps what people wrote.
$node->safe_psql('postgres', "select debrief.retry_analysis($job)");
wait_for_sql($node, "select status = 'completed' from debrief.analysis_jobs where id = $job");
wait_for_sql($node, q{select count(*) = 3 from debrief.analysis_feedback where audio_status = 'completed'});
is($node->safe_psql('postgres', q{select count(*), count(*) filter (where from_analysis), count(*) filter (where message = 'Edited.')
                                  from debrief.analysis_feedback}), '4|2|1', 'a re-run doubles nothing');
is($node->safe_psql('postgres', q{select ssml_attempts from debrief.analysis_feedback where message = '  '}), '0',
    'a blank message is never claimed');

# A message that the next stage does not take in one piece is split, and each piece is spoken.
$node->safe_psql('postgres', q{alter server stub options (add ssml_bytes_max '300')});
my $long = join ' ', map { "This is sentence $_ of a long message." } 1 .. 20;
$feedback = $node->safe_psql('postgres', qq{
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$long') returning id});
is($node->safe_psql('postgres', "select debrief.wait_for_feedback($feedback)"), 'completed', 'a long message is spoken');
is($node->safe_psql('postgres', qq{
    select count(*) > 3, bool_and(octet_length(s.ssml) <= 300), count(*) = count(a.id)
      from debrief.analysis_ssml_segments s left join debrief.analysis_audio_segments a using (feedback_id, segment_index)
     where s.feedback_id = $feedback}), 't|t|t', 'in pieces that the next stage takes, each with its sound');
$node->safe_psql('postgres', q{alter server stub options (drop ssml_bytes_max)});

# While a call is slow, nothing is held.
$stub->script('/v1/speech', {action => 'hold'});
$feedback = $node->safe_psql('postgres', qq{
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Slow.') returning id});
wait_until(sub { grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'the call is in flight');
my $session = worker_session($node);
# The turn that began the call may still write.
wait_for_sql($node, "select xact_start is null from pg_stat_activity where pid = $session");
is($node->safe_psql('postgres', "select xact_start is null and backend_xmin is null, usename from pg_stat_activity where pid = $session"),
    is_outside() ? 't|outer1' : 't|debrief_worker', 'no transaction and no snapshot while the network is in use, and no superuser');
wait_for_sql($node, q{select audio_in_flight = 1 and state = 'running' from debrief.worker_status where process = 'worker'},
    'worker_status tells of the call');
$stub->script('/v1/speech');
$stub->release;
is($node->safe_psql('postgres', "select debrief.wait_for_feedback($feedback)"), 'completed', 'and the answer is stored when it comes');

# Latency, told and not judged: from an INSERT on an open connection to the request's arrival.
my $writer = $node->background_psql('postgres', on_error_stop => 1);
my @waits;
for my $turn (1 .. 20) {
    my $before = () = $stub->requests('/v1/speech');
    my $asked = time;
    $writer->query("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Turn $turn.')");
    wait_until(sub { my $now = () = $stub->requests('/v1/speech'); $now > $before }, 'the request arrives');
    push @waits, (($stub->requests('/v1/speech'))[-1]{at} - $asked) * 1000;
    wait_for_sql($node, q{select count(*) = 0 from debrief.analysis_feedback where audio_status = 'processing'});
}
$writer->quit;
@waits = sort { $a <=> $b } @waits;
cmp_ok($waits[0], '>', 0, 'a request follows its insert');
note(sprintf 'from INSERT to the request for its sound, SSML written in between: median %.1f ms, most %.1f ms', $waits[10], $waits[-1]);
note($node->safe_psql('postgres', q{
    select string_agg(stage || ' waited up to ' || upper_bound_ms || ' ms: ' || calls, '; ' order by stage, upper_bound_ms)
      from debrief.latency where phase = 'wait'}));

$node->stop;
done_testing();
