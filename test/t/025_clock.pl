# The clock of the machine jumps, ahead and back: leases end early or late, results are stored once.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

# Every process of the server sees the clock as a file says. Latches and timeouts count monotonic
# time, which never jumps.
my $clock = new_folder() . '/offset';
open(my $offset, '+>:raw', $clock) or die $!;
$offset->autoflush(1);
sub jump { my ($seconds) = @_; seek($offset, 0, 0); print $offset pack('q', $seconds) }
jump(0);
my $day = 86400;
my $node = new_cluster('clock', environment => {LD_PRELOAD => build_shim('clock.c'), CLOCK_OFFSET_FILE => $clock},
    conf => "restart_after_crash = on\npg_debrief.safety_poll = '1s'\npg_debrief.workers_per_database = 2");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ />$words \d/ } $stub->requests('/v1/speech') }
sub add { my ($words, $count) = @_; $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
sub hold
{
    my ($words, $count) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    add($words, $count);
    wait_until(sub { calls($words) == $count }, "$count calls are in flight");
}
sub ends_well
{
    my ($words, $count, $what) = @_;
    wait_until(sub { my ($status, $out) = $node->psql('postgres', "select count(*) = $count from debrief.analysis_feedback where message like '$words %' and audio_status = 'completed'"); $status == 0 && $out eq 't' }, $what);
    is($node->safe_psql('postgres', "select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like '$words %'"),
        "$count|$count", $what);
}

# A day ahead: every lease is over at once. The other worker takes the rows, the first one's answers are stale.
hold('Ahead', 8);
my $now = $node->safe_psql('postgres', 'select extract(epoch from now())::bigint');
jump($day);
cmp_ok($node->safe_psql('postgres', 'select extract(epoch from now())::bigint'), '>', $now + 86000, 'the server lives a day ahead');
wait_until(sub { calls('Ahead') > 8 || $node->safe_psql('postgres', q{select count(*) = 0 from debrief.analysis_feedback where lease_expires_at < now()}) eq 't' },
    'leases that are over are renewed or taken over');
$stub->script('/v1/speech');
$stub->release;
ends_well('Ahead', 8, 'rows in flight when the clock jumps ahead have one sound each');
cmp_ok(calls('Ahead'), '<=', 16, 'after one call more at most');
add('In the future', 5);
ends_well('In the future', 5, 'rows of the new time are spoken');

# And back: leases last a day longer than they should, and due times lie ahead.
hold('Back', 4);
jump(0);
$stub->script('/v1/speech');
$stub->release;
ends_well('Back', 4, 'rows in flight when the clock jumps back have one sound each');
is(calls('Back'), 4, 'by one call each');
add('In the past', 5);
ends_well('In the past', 5, 'rows of the new time are spoken, though others of the future came before them');

# A lease that lasts for a day keeps no row: its holder is gone.
jump($day);
hold('Orphan', 4);
jump(0);
kill 'KILL', (worker_pids($node))[0];
$stub->script('/v1/speech');
ends_well('Orphan', 4, 'rows whose worker was killed under a lease of the future are rescued');

# Nor do workers that ended under a clock that was ahead stay away for a day. After a few ends they do for some seconds.
jump($day);
for (1 .. 3)
{
    wait_until(sub { 2 == (() = worker_pids($node)) }, 'both workers run');
    my %old = map { $_ => 1 } worker_pids($node);
    kill 'TERM', keys %old;
    wait_until(sub { !grep { $old{$_} } worker_pids($node) }, 'and end');
}
jump(0);
wait_until(sub { 2 == (() = worker_pids($node)) }, 'workers begin, though they were to wait by the clock that was ahead');

# What became due by a clock that was ahead waits until that time.
jump($day);
$node->safe_psql('postgres', q{select debrief.pause('audio')});
add('Early', 3);
wait_for_sql($node, q{select count(*) = 3 from debrief.analysis_feedback where message like 'Early _' and ssml_status = 'completed'});
jump(0);
$node->safe_psql('postgres', q{select debrief.resume('audio')});
is($node->safe_psql('postgres', q{select delayed from debrief.pipeline_status where stage = 'audio'}), 3, 'pipeline_status shows what is due in the future as delayed');
is(calls('Early'), 0, 'it waits');
jump($day);
add('Late', 1);
ends_well('Early', 3, 'and is spoken when its time has come');

unlike(slurp_file($node->logfile), qr/terminated by signal (?!9)|PANIC/, 'no process crashed but the one that was killed');
$node->stop;
done_testing();
