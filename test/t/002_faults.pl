# What a provider does wrong, and what becomes of the row: each fault has its class.
use strict;
use warnings;
use Debrief;
use JSON::PP;
use Test::More;

my $node = new_cluster('faults');
my $stub = new_stub();
my $root = $stub->serve($node);
my $recording = add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
$node->safe_psql('postgres', q{update debrief.stages set timeout_ms = 500 where stage = 'audio'});

# Inserts feedback with these answers ahead and tells how its audio ended.
sub spoken_after
{
    my (@answers) = @_;
    $stub->script('/v1/speech', @answers);
    my $id = $node->safe_psql('postgres', qq{
        insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Say it.') returning id});
    # What waits for its server, or was put off because of it, is tried at once.
    wait_until(sub { $node->safe_psql('postgres', "select debrief.resume_server('stub')");
        $node->safe_psql('postgres', "select audio_status in ('completed', 'failed') from debrief.analysis_feedback where id = $id") eq 't' }, 'it ends');
    my $end = $node->safe_psql('postgres', qq{
        select audio_status, audio_attempts, coalesce(audio_error_code, 'none')
          from debrief.analysis_feedback where id = $id});
    $stub->script('/v1/speech');
    return $end;
}
# An answer of the stub's own, after those that were scripted.
my $good = {body_base64 => 'UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YRAAAAAAAAAAAAAAAAAAAAAAAAAA', headers => {'Content-Type' => 'audio/wav'}};
my $error = sub { my ($status, $code, %headers) = @_;
    return {status => $status, headers => \%headers, body => encode_json({error => {code => $code, message => 'told so'}})} };

is(spoken_after($error->(500, 'internal'), $error->(502, 'internal'), $good), 'completed|1|none', 'a service that fails for a while charges no row');
is(spoken_after($error->(400, 'bad_request')), 'failed|1|bad_request', 'a permanent error fails at once');
is(spoken_after($error->(413, 'too_large')), 'failed|1|too_large', 'too large fails at once');
is(spoken_after($error->(422, 'blocked')), 'failed|1|blocked', 'blocked content fails at once');
is(spoken_after($error->(429, 'busy', 'Retry-After' => 0), $error->(429, 'busy', 'Retry-After' => 0), $good), 'completed|1|none',
    'a busy server charges no attempt');
is(spoken_after($error->(503, 'overloaded', 'Retry-After' => 1), $good), 'completed|1|none', 'Retry-After is honoured and not charged');
is(spoken_after({action => 'hold'}, $good), 'completed|1|none', 'a server that does not answer costs no slot for ever, and no attempt while nobody else is served');
is(spoken_after({action => 'reset'}, {action => 'reset'}, {action => 'reset'}, {action => 'reset'}, $good), 'completed|1|none', 'connections that break are the server\'s fault');
is(spoken_after({action => 'truncate', %$good}, $good), 'completed|1|none', 'a cut answer is no sound');
is(spoken_after({body => 'no sound at all', headers => {'Content-Type' => 'audio/wav'}}), 'failed|3|bad_answer', 'bytes that are no sound are refused, whatever their type says');
is(spoken_after({body => ''}, {body => ''}, $good), 'completed|3|none', 'two answers that are none and a sound: three attempts, error cleared');
is(spoken_after({status => 302, headers => {Location => $stub->url . '/v1/speech'}}, $good), 'completed|1|none', 'a redirect is never followed');
is(spoken_after(({status => 404}) x 3, $good), 'completed|1|none', 'an address that is not there is the configuration\'s fault');

# Analyses: nothing of a bad answer is kept, and nothing invented.
my $whole = {title => 't', feedback => []};
for my $case (
    ['broken JSON', {body => '{"title": "t", '}, 'bad_answer'],
    ['the wrong types', {body => encode_json({%$whole, feedback => 'none'})}, 'bad_answer'],
    ['one bad item among good ones', {body => encode_json({%$whole, feedback => [
        {timestamp_seconds => 1, category => 'c', message => 'm', confidence => 0.5, impact => 0.5},
        {timestamp_seconds => -1, category => 'c', message => 'm', confidence => 0.5, impact => 0.5}]})}, 'bad_answer'],
    ['bad UTF-8', {body_base64 => 'eyJ0aXRsZSI6ICL//iIsICJmZWVkYmFjayI6IFtdfQ=='}, 'bad_answer'],
    ['a NUL', {body => '{"title": "a\u0000b", "feedback": []}'}, 'bad_answer'],
    ['deep nesting', {body => '{"title": "t", "feedback": [], "x": ' . ('[' x 100_000) . (']' x 100_000) . '}'}, 'bad_answer'],
    ['nine megabytes', {body => '{"title": "' . ('x' x 9_000_000) . '", "feedback": []}'}, 'answer_too_large'],
    ['an empty answer', {body => ''}, 'bad_answer']) {
    my ($what, $answer, $code) = @$case;
    my $before = $node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where from_analysis});
    $stub->script('/v1/analyze', $answer);
    $node->safe_psql('postgres', "select debrief.retry_analysis($job)");
    wait_for_sql($node, "select status in ('failed', 'completed') from debrief.analysis_jobs where id = $job");
    is($node->safe_psql('postgres', "select status, attempts, error_code, last_error <> '' from debrief.analysis_jobs where id = $job"),
        "failed|3|$code|t", "$what: a failure with its reason");
    is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where from_analysis}), $before, "$what: no row made or lost");
}
$stub->script('/v1/analyze');
is($node->safe_psql('postgres', q{select string_agg(distinct disposition || ' ' || (next_attempt_at is not null), ', ') from debrief.attempts where stage = 'analysis' and detail <> ''}),
    'failed false, retried true', 'the history keeps why, for operators, and what was decided');

my $missing = $node->safe_psql('postgres', qq{insert into debrief.video_recordings (user_id, storage_path, upload_status)
    values ('@{[owner_id()]}', '@{[owner_id()]}/nowhere.mp4', 'completed') returning id});
wait_for_sql($node, "select status = 'failed' from debrief.analysis_jobs where video_recording_id = $missing");
is($node->safe_psql('postgres', "select attempts, error_code from debrief.analysis_jobs where video_recording_id = $missing"),
    '1|recording_not_found', 'a recording that is not there fails at once');

# One feedback's failure stops no other.
$stub->script('/v1/speech', $error->(400, 'bad_request'), $good);
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Number ' || n from generate_series(1, 20) n");
wait_for_sql($node, q{select count(*) = 20 from debrief.analysis_feedback where message like 'Number %' and audio_status in ('completed', 'failed')});
is($node->safe_psql('postgres', q{select count(*) filter (where audio_status = 'failed') from debrief.analysis_feedback where message like 'Number %'}),
    '1', 'one failure of twenty stops no other');
$stub->script('/v1/speech');
is($node->safe_psql('postgres', q{select retried from debrief.retry_failed('audio', 'bad_request') }), '2', 'retry_failed takes up what failed for one reason');
wait_for_sql($node, q{select count(*) = 20 from debrief.analysis_feedback where message like 'Number %' and audio_status = 'completed'});
pass('and it succeeds, with attempts reset');

# A trigger that the user hung on our tables refuses one row: the others of its batch are stored.
$node->safe_psql('postgres', q{
    create function refuse() returns trigger language plpgsql as $$
    begin
      if exists (select from debrief.analysis_feedback f where f.id = new.feedback_id and f.message = 'Mixed 7') then
        raise exception '%', repeat('ä', 400);
      end if;
      return new;
    end $$;
    grant execute on function refuse() to public;
    create trigger refuse before insert on debrief.analysis_audio_segments for each row execute function refuse();});
$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Mixed ' || n from generate_series(1, 10) n");
wait_until(sub { 10 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'ten calls are in flight');
$stub->script('/v1/speech');
$stub->release;
wait_for_sql($node, q{select count(*) = 10 from debrief.analysis_feedback where message like 'Mixed %' and audio_status in ('completed', 'failed')});
is($node->safe_psql('postgres', q{select string_agg(message || ' ' || audio_error_code, ',') from debrief.analysis_feedback where message like 'Mixed %' and audio_status = 'failed'}),
    'Mixed 7 result_not_storable', 'one row that cannot be stored fails alone');
is($node->safe_psql('postgres', q{select convert_from(convert_to(detail, 'UTF8'), 'UTF8') ~ '^ä+$' from debrief.attempts where code = 'result_not_storable'}), 't',
    'the long message of the database is cut between characters');
$node->safe_psql('postgres', 'drop trigger refuse on debrief.analysis_audio_segments');

# Parts that were spoken are not paid for again.
$stub->script('/v1/ssml', {body => encode_json({segments => ['<speak>One.</speak>', '<speak>Two.</speak>', '<speak>Three.</speak>']})});
$stub->script('/v1/speech', $good, {body => 'no sound'}, $good);
$node->safe_psql('postgres', q{update debrief.stages set server = 'stub' where stage = 'ssml'});
my $before = () = $stub->requests('/v1/speech');
my $parts = $node->safe_psql('postgres', qq{insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Parts.') returning id});
wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where id = $parts");
is($node->safe_psql('postgres', "select count(*), max(segment_index) from debrief.analysis_audio_segments where feedback_id = $parts"), '3|2', 'three parts are spoken');
my @spoken = $stub->requests('/v1/speech');
is(@spoken - $before, 4, 'in four calls: the part that succeeded is not paid for again');

$node->stop;
done_testing();
