# Whatever becomes of a row in flight, an answer made for another row or other words is never stored.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('inflight', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, "talk$_.mp4") for 1 .. 2;
wait_for_sql($node, q{select count(*) = 4 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select min(id) from debrief.analysis_jobs');

sub open_calls { my ($path) = @_; return scalar grep { $_->{state} eq 'open' } $stub->requests($path // '/v1/speech') }
sub hold
{
    my ($count, $sql) = @_;
    $stub->script('/v1/speech', {action => 'hold', headers => {'Content-Type' => 'audio/wav', 'Debrief-Version' => 'old answer'}});
    $node->safe_psql('postgres', $sql);
    wait_until(sub { open_calls() == $count }, "$count calls are in flight");
    $stub->script('/v1/speech');
}
# The worker has settled or dropped everything that was in flight.
sub settled
{
    my ($what) = @_;
    wait_for_sql($node, q{select count(*) = 0 from debrief.analysis_feedback where 'processing' in (ssml_status, audio_status)
        or (ssml_status = 'queued') or (ssml_status = 'completed' and audio_status = 'queued')}, $what);
}
sub old_answers { return $node->safe_psql('postgres', q{select count(*) from debrief.analysis_audio_segments where version = 'old answer'}) }
sub orphans
{
    return $node->safe_psql('postgres', q{select count(*) from debrief.audio_objects o
        where not exists (select from debrief.analysis_audio_segments a where a.storage_path = o.storage_path)
          and not exists (select from debrief.object_deletions d where d.storage_path = o.storage_path)});
}

# An old answer that may be stored is: so the ones below are refused for a reason.
hold(1, "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Undisturbed.')");
$stub->release;
settled('the undisturbed row');
is(old_answers(), 1, 'an answer to an undisturbed row is stored');

# The same ids come back, for other words. The calls are not aborted in time: their answers come at once.
hold(3, "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Before ' || n from generate_series(1, 3) n");
$node->safe_psql('postgres', qq{
    begin;
    truncate debrief.analysis_feedback restart identity cascade;
    insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'After ' || n from generate_series(1, 8) n;
    commit});
$stub->release;
settled('the rows after TRUNCATE');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'After %' and audio_status = 'completed'}), 8, 'after TRUNCATE ... RESTART IDENTITY the new rows are spoken');
is(old_answers(), 0, 'and get no answer that was made for the old ones of the same ids');

hold(1, "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'To be replaced.')");
$node->safe_psql('postgres', qq{
    begin;
    with gone as (delete from debrief.analysis_feedback where message = 'To be replaced.' returning id)
    select id as gone from gone \\gset
    insert into debrief.analysis_feedback (id, analysis_job_id, message) overriding system value values (:gone, $job, 'In its place.');
    commit});
$stub->release;
settled('the row in its place');
is($node->safe_psql('postgres', q{select s.ssml ~ 'In its place' from debrief.analysis_feedback f join debrief.analysis_ssml_segments s on s.feedback_id = f.id
    join debrief.analysis_audio_segments a on a.feedback_id = f.id where f.message = 'In its place.'}), 't', 'a row that takes a deleted one\'s id is spoken in its own words');
is(old_answers(), 0, 'and does not get its answer');

# The whole recording goes, in each stage.
hold(2, 'insert into debrief.analysis_feedback (analysis_job_id, message) select max(id), \'With its recording \' || n from debrief.analysis_jobs, generate_series(1, 2) n group by n');
$node->safe_psql('postgres', 'delete from debrief.video_recordings where id = (select max(id) from debrief.video_recordings)');
wait_until(sub { open_calls() == 0 }, 'its calls are aborted');
pass('deleting a recording aborts the calls of its feedback');
$stub->script('/v1/analyze', {action => 'hold'});
my $recording = add_recording($node, $root, 'talk3.mp4');
wait_until(sub { open_calls('/v1/analyze') == 1 }, 'its analysis is in flight');
$node->safe_psql('postgres', "delete from debrief.video_recordings where id = $recording");
wait_until(sub { open_calls('/v1/analyze') == 0 }, 'it is aborted');
$stub->script('/v1/analyze');
is($node->safe_psql('postgres', "select count(*) from debrief.analysis_jobs where video_recording_id = $recording"), 0, 'deleting a recording aborts its analysis');
is(orphans(), 0, 'no sound is left without a row');

# The server goes, and comes back, beside calls in flight.
hold(3, "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Server ' || n from generate_series(1, 3) n");
my $url = $stub->url;
$node->safe_psql('postgres', 'drop server stub');
wait_for_sql($node, q{select bool_or(state ~ 'does not exist|no server|missing') from debrief.stage_status where stage = 'audio'}, 'stage_status tells that the server is gone');
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Server missing.')");
$stub->release;
wait_for_sql($node, q{select count(*) = 3 from debrief.analysis_feedback where message like 'Server _' and audio_status = 'completed'}, 'what was called for before is stored');
is($node->safe_psql('postgres', q{select audio_status, audio_attempts from debrief.analysis_feedback where message = 'Server missing.'}), 'queued|0', 'without its server a row waits, uncharged');
$node->safe_psql('postgres', "create server stub foreign data wrapper debrief options (kind 'http', base_url '$url')");
settled('the row that waited for the server');
is($node->safe_psql('postgres', q{select audio_status, audio_attempts from debrief.analysis_feedback where message = 'Server missing.'}), 'completed|1', 'and is spoken when the server is there again');

# The worker's role goes: refused while anything is granted to it; by force, rows wait for it.
my ($status, undef, $stderr) = $node->psql('postgres', 'drop role debrief_worker');
isnt($status, 0, 'DROP ROLE debrief_worker is refused');
like($stderr, qr/cannot be dropped because some objects depend on it/, 'because it owns and may things');

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
$node->stop;
done_testing();
