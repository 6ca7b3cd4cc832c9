# Who waits for whom: users, stages, fresh rows and retries, memory.
use strict;
use warnings;
use Debrief;
use Home;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('fair_share', conf => "pg_debrief.memory_limit = '16MB'");
my $stub = new_stub();
$stub->serve($node);
my $other = new_stub();
my $other_url = $other->url;
my ($ann, $bob) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my %job;
for my $user ($ann, $bob)
{
    $job{$user} = $node->safe_psql('postgres', qq{
        with r as (insert into debrief.video_recordings (user_id, storage_path) values ('$user', '$user/v.mp4') returning id)
        insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id});
}

sub sql { return $node->safe_psql('postgres', $_[0]) }

sub say_of
{
    my ($user, $message, $rows) = @_;
    return sql("insert into debrief.analysis_feedback (analysis_job_id, message)
                select $job{$user}, '$message' from generate_series(1, $rows)");
}

# One user's hundreds, then another's one: by due time it would be the last.
sql(q{update debrief.stages set max_in_flight = 4 where stage = 'audio'});
sql(q{select debrief.pause('audio')});
say_of($ann, 'One of many.', 600);
say_of($bob, 'The only one.', 1);
wait_for_sql($node, q{select bool_and(ssml_status = 'completed') from debrief.analysis_feedback});
sql(q{select debrief.resume('audio')});
wait_for_sql($node, q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback});
my $before = sql(q{select count(*) from debrief.analysis_feedback f
  where f.audio_updated_at < (select audio_updated_at from debrief.analysis_feedback where message = 'The only one.')});
cmp_ok($before, '<', 200, "one user's row does not wait for another's 600 (it was number $before)");

# Retries that fill the queue, then a fresh row of the same user.
$stub->script('/v1/speech', {body => 'no sound'});
sql(q{update debrief.stages set max_attempts = 100, backoff_base_ms = 1, backoff_cap_ms = 1 where stage = 'audio'});
say_of($ann, 'Fails.', 200);
wait_for_sql($node, q{select count(*) filter (where audio_attempts > 0) = 200 from debrief.analysis_feedback where message = 'Fails.'});
say_of($ann, 'Fresh.', 1);
wait_for_sql($node, q{select audio_attempts > 0 from debrief.analysis_feedback where message = 'Fresh.'});
pass('a fresh row is tried while retries fill the queue');
$stub->script('/v1/speech');
sql(q{update debrief.stages set max_attempts = 3 where stage = 'audio'});
wait_for_sql($node, q{select bool_and(audio_status in ('completed', 'failed')) from debrief.analysis_feedback});

# A server that hangs holds its own stage's calls only.
sql(qq{create server slow foreign data wrapper debrief options (kind 'http', base_url '$other_url');
       update debrief.stages set server = 'slow', max_in_flight = 100 where stage = 'ssml'});
$other->script('/v1/ssml', {action => 'hold'});
say_of($ann, 'Held.', 150);
wait_for_sql($node, q{select count(*) = 100 from debrief.analysis_feedback where ssml_status = 'processing'});
sql(q{select debrief.retry_feedback(id, 'audio') from debrief.analysis_feedback where message = 'The only one.'});
wait_for_sql($node, q{select audio_status = 'completed' and audio_attempts = 1 from debrief.analysis_feedback where message = 'The only one.'});
pass('a stage whose server hangs does not hold the slots of another');
is(sql(q{select count(*) from debrief.analysis_feedback where ssml_status = 'processing'}), 100, 'and begins no more calls than it may');
sql(q{delete from debrief.analysis_feedback where message = 'Held.'});
sql(q{update debrief.stages set server = 'template' where stage = 'ssml'});

# A hundred and twenty sounds of 2 MB at once, with 16 MB for them.
my $wave = 'RIFF' . pack('V', 36 + 2_000_000) . 'WAVEfmt ' . pack('VvvVVvv', 16, 1, 1, 24_000, 48_000, 2, 16) . 'data'
  . pack('V', 2_000_000) . ("\0\1" x 1_000_000);
sql(q{update debrief.stages set max_in_flight = 120 where stage = 'audio'});
$stub->script('/v1/speech', {body_base64 => encode_base64($wave, '')});
my ($worker) = worker_pids($node);
say_of($ann, 'Large.', 120);
my $most = 0;
wait_until(sub {
    my ($kb) = slurp_file("/proc/$worker/status") =~ /RssAnon:\s+(\d+)/;
    $most = $kb if $kb > $most;
    return sql(q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback where message = 'Large.'}) eq 't';
}, 'the large sounds');
is(sql(q{select count(*) from debrief.analysis_audio_segments where bytes > 2000000}), 120, 'large sounds all arrive');
# 240 MB of sounds; what PostgreSQL copies of a batch, some ten times 4 MB, and the worker's own come on top.
# Sanitizers keep freed memory for a while.
cmp_ok($most, '<', ($ENV{DEBRIEF_SANITIZED} ? 600 : 150) * 1024, "and the memory they take stays bounded ($most kB)");
is(sql(q{select count(*) from debrief.analysis_feedback where message = 'Large.' and audio_attempts <> 1}), 0, 'with one call each');
done_testing();
