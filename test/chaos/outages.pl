# Outages: a provider that answers one thing to everybody for a while, and is well again. With the
# defaults, 20 recordings and 20 items of feedback; none may fail, and the provider is only probed.
#
#   make outages [OUTAGE_SECONDS=30]
use strict;
use warnings;
use Debrief;
use Test::More;
use Time::HiRes qw(time usleep);

my $seconds = $ENV{OUTAGE_SECONDS} || 30;
my $node = new_cluster('outages', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
$node->safe_psql('postgres', q{update debrief.stages set server = 'stub' where stage = 'ssml'});
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $owner = owner_id();

# Hangs are cut by the stage's time limit: a minute by default, which would leave no time for a second try.
for my $outage (map({[$_, {status => $_, body => ''}]} 503, 502, 529, 500), ['hang', {action => 'hold'}], ['reset', {action => 'reset'}]) {
    my ($name, $answer) = @$outage;
    sql('update debrief.stages set timeout_ms = ' . ($name eq 'hang' ? 5000 : 60000));
    my $before = () = $stub->requests;
    $stub->request('POST', '/_outage', {answer => $answer});
    add_recording($node, $root, "$name-$_.mp4") for 1 .. 20;
    my $job = sql(qq{with r as (insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/$name.mp4') returning id)
        insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id});
    sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$name ' || n from generate_series(1, 20) n");
    my $end = time + $seconds;
    usleep(100_000) while time < $end;
    my $during = (() = $stub->requests) - $before;
    is(sql(q{select count(*) from debrief.failures}), 0, "$name: nothing has failed meanwhile");
    # On a connection that was kept, libcurl itself asks again, on a new one, when it is reset.
    cmp_ok($during, '<=', ($name eq 'reset' ? 2 : 1) * (2 * (4 + 16) + 2 * 8), "$name: those in flight, and probes");
    $stub->request('POST', '/_outage', {});
    my $well = time;
    wait_until(sub { sql(q{select (select bool_and(status = 'completed') from debrief.analysis_jobs)
        and (select bool_and(audio_status = 'completed') from debrief.analysis_feedback)}) eq 't' }, "$name: all is completed", 150);
    is(sql('select max(greatest(ssml_attempts, audio_attempts)) from debrief.analysis_feedback') . sql('select max(attempts) from debrief.analysis_jobs'), '11', "$name: and no attempt was charged");
    diag(sprintf('%s: %d calls in %d s, all completed %.1f s after it was well', $name, $during, $seconds, time - $well));
}
$node->stop;
done_testing();
