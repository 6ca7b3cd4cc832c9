# Kind fake and drain(): the whole pipeline in an application's tests, without network, key or recording.
use strict;
use warnings;
use Debrief;
use Test::More;

my $node = new_cluster('kit');
my $owner = owner_id();
sub sql { return $node->safe_psql('postgres', $_[0]) }
sub refused { my ($result, $out, $err) = $node->psql('postgres', $_[0]); return $err }
sub upload {
    my ($name) = @_;
    return sql(qq{
        insert into debrief.video_recordings (user_id, storage_path, original_filename, upload_status)
        values ('$owner', '$owner/' || gen_random_uuid(), '$name', 'completed') returning id});
}

sql(q{create server fake foreign data wrapper debrief options (kind 'fake')});
sql(q{update debrief.stages set server = 'fake', backoff_base_ms = 10});
is(sql(q{select * from debrief.test_server('fake')}),
    't|Server "fake" needs no service: it is for tests, and makes up what it answers.', 'test_server() says what it is');
is(sql('select * from debrief.drain()'), '', 'drain() returns at once where nothing is to be done');

# Analysis, SSML and sounds; the same for the same file.
upload('talk.mp4');
is(sql('select * from debrief.drain()'), '', 'nothing failed');
my $findings = 'select timestamp_seconds, category, message, status, audio_segments, audio_duration_ms::int from debrief.feedback_status';
my $first = sql("$findings order by id");
like($first, qr/^(\d+\|[\w ]+\|[\w .]+\|completed\|1\|\d+00\n?){3}$/, 'three findings are spoken');
upload('talk.mp4');
sql('select * from debrief.drain()');
is(sql("$findings order by id desc limit 3"), join("\n", reverse split /\n/, $first), 'and are the same for the same file');
wait_until(sub { sql(q{select calls, failures from debrief.usage where server = 'fake' and stage = 'audio'}) eq '6|0' }, 'its calls are counted');
pass('its calls are counted');
like(sql(q{select string_agg(distinct version, ',') from debrief.analysis_jobs}), qr/^fake 1$/, 'what made it is said');

# Faults on demand.
sql(q{alter server fake options (add fail_words 'boom')});
my $job = sql('select max(id) from debrief.analysis_jobs');
my $item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'It goes boom.') returning id");
is(sql('select stage, analysis_job_id, feedback_id, error_code, attempts, message from debrief.drain()'),
    "ssml|$job|$item|blocked|1|It goes boom.", 'drain() returns what failed');
sql(q{alter server fake options (drop fail_words)});
sql("select debrief.retry_feedback($item)");
is(sql('select * from debrief.drain()'), '', 'and nothing once it is put right and tried again');
sql(q{alter server fake options (add fail_rate '0.5', add fail_code 'bad_answer')});
sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Message ' || n from generate_series(1, 20) n");
sql('select * from debrief.drain()');
my $retries = 'select sum(ssml_attempts - 1) > 0, sum(audio_attempts - 1) > 0 from debrief.analysis_feedback';
is(sql($retries), 't|t', 'a part of all calls fails, and is tried again');
sql(q{alter server fake options (drop fail_rate, drop fail_code)});
sql(q{select * from debrief.retry_failed()});
is(sql('select * from debrief.drain()'), '', 'all is spoken when it works again');

# What drain() waits for.
sql(q{alter server fake options (add delay_ms '600000')});
my $slow = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Slow.') returning id");
wait_for_sql($node, "select ssml_status = 'processing' from debrief.analysis_feedback where id = $slow");
sql(q{select debrief.pause('analysis')});
my $recording = upload('late.mp4');
my $late = sql("select id from debrief.analysis_jobs where video_recording_id = $recording");
like(refused(q{select * from debrief.drain('100 ms')}),
    qr/ERROR:  after 00:00:00.1 there is still work to do: 2 analyses or feedback items\nDETAIL:  analysis $late: paused: the stage is paused SELECT debrief.resume\('analysis'\);\nssml of feedback $slow: processing: A worker processes it: attempt 1.\nHINT:  debrief.explain/,
    'drain() says what it waited for in vain, and why');
like(refused(q{begin isolation level repeatable read; select * from debrief.drain('100 ms')}), qr/this transaction is REPEATABLE READ/,
    'and refuses to wait where it could see nothing');
sql("select debrief.cancel_feedback($slow), debrief.cancel_analysis($late)");
is(sql(q{select * from debrief.drain('10 s')}), '', 'what is cancelled is done, and did not fail');

# A start time, and the bulk lane: the worker finds both by itself.
sql(q{alter server fake options (drop delay_ms)});
sql(q{select debrief.resume()});
for my $how (q{not_before) values ('%1$s', 'soon.mp4', 'completed', now() + interval '1 second'}, q{bulk) values ('%1$s', 'bulk.mp4', 'completed', true}) {
    sql('insert into debrief.video_recordings (user_id, storage_path, upload_status, ' . sprintf($how, $owner) . ')');
}
sql(q{select * from debrief.drain()});
is(sql(q{select count(*) from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id
          where j.status = 'completed' and (r.bulk or j.processing_started_at >= r.not_before)}), '2', 'each begins when it may');
sql(q{alter server fake options (add delay_ms '600000')});

# A call that takes longer than the stage allows.
sql(q{update debrief.stages set timeout_ms = 1000, max_attempts = 1, paused = false});
sql(q{alter server fake options (set delay_ms '2000')});
sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Too slow.')");
wait_for_sql($node, q{select exists (select from debrief.attempts where code = 'timeout')}, 'the call times out');

$node->stop;
done_testing();
