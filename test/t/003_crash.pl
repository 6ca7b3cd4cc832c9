# Whatever dies, no row is lost, stuck or finished twice.
use strict;
use warnings;
use Debrief;
use Home;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_cluster('crash', conf => "restart_after_crash = on\npg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
my $recording = add_recording($node, $root, 'talk.mp4');
is($node->safe_psql('postgres', "select debrief.wait_for_recording($recording)"), 'completed', 'a recording is waited for');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}), '2', 'until all of it is spoken');
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub in_flight { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }

# Inserts feedback whose first call hangs, and waits for that call.
sub hanging_feedback
{
    my ($count) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    my $before = in_flight();
    $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Hang ' || n from generate_series(1, $count) n");
    wait_until(sub { in_flight() >= $before + $count }, "$count calls are in flight");
    $stub->script('/v1/speech');
}
sub done_once
{
    my ($count, $attempts, $what) = @_;
    wait_until(sub { my ($status, $out) = $node->psql('postgres', qq{select count(*) = $count from debrief.analysis_feedback
        where message like 'Hang %' and audio_status = 'completed'}); $status == 0 && $out eq 't' }, "$what: all rows finish");
    is($node->safe_psql('postgres', q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments a
        join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Hang %'}), "$count|$count", "$what: each row has one sound");
    is($node->safe_psql('postgres', q{select distinct audio_attempts from debrief.analysis_feedback where message like 'Hang %'}), $attempts,
        "$what: attempts are charged as they should be");
    is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where 'processing' in (ssml_status, audio_status)}), '0',
        "$what: no row is stuck");
    $node->safe_psql('postgres', q{delete from debrief.analysis_feedback where message like 'Hang %'});
}

# kill -9 of the worker restarts the whole cluster: the launcher and the worker come back alone.
hanging_feedback(4);
kill 'KILL', worker_pid($node);
done_once(4, 2, 'worker killed in mid-call');

# An orderly end gives the claims back.
hanging_feedback(4);
kill 'TERM', worker_pid($node);
done_once(4, 1, 'worker terminated in mid-call');

# The sounds that it has of a row by then are not paid for again.
$node->safe_psql('postgres', q{update debrief.stages set server = 'stub' where stage = 'ssml'});
$stub->script('/v1/ssml', {body => encode_json({segments => ['<speak>One.</speak>', '<speak>Two.</speak>', '<speak>Three.</speak>']})});
my $sound = {body_base64 => 'UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YRAAAAAAAAAAAAAAAAAAAAAAAAAA', headers => {'Content-Type' => 'audio/wav'}};
$stub->script('/v1/speech', $sound, $sound, {action => 'hold'});
my ($calls, $open) = (scalar(my @before = $stub->requests('/v1/speech')), in_flight());
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'One. Two. Three.')");
wait_until(sub { in_flight() > $open }, 'the third of its calls is in flight');
$stub->script('/v1/speech');
kill 'TERM', worker_pid($node);
wait_for_sql($node, q{select audio_status = 'completed' and audio_attempts = 1 from debrief.analysis_feedback where message = 'One. Two. Three.'});
is(scalar(my @after = $stub->requests('/v1/speech')) - $calls, 4, 'only the call that the end cut off is made again');
$node->safe_psql('postgres', q{delete from debrief.analysis_feedback where message = 'One. Two. Three.'; update debrief.stages set server = 'template' where stage = 'ssml'});
$stub->script('/v1/ssml');

# So does an end within a statement: here a claim, which waits for a lock. A second signal, which
# PostgreSQL sends to the process group, does not end it before that is done.
hanging_feedback(4);
my $briefly = $node->background_psql('postgres', on_error_stop => 1);
$briefly->query('begin; lock table debrief.analysis_feedback in access exclusive mode');
my $observer = $node->background_psql('postgres', on_error_stop => 1);
my ($worker, $session) = (worker_pid($node), worker_session($node));
sub waits_in
{
    my ($activity) = @_;
    wait_until(sub { $observer->query("select exists (select from pg_locks natural join pg_stat_activity
        where pid = $session and not granted and query like '%$activity%')") =~ /t/ }, "it waits for the lock: $activity");
}
waits_in('');
kill 'TERM', $worker;
waits_in(is_outside() ? '_release' : 'give claims back');
kill 'TERM', $worker;
$briefly->query('commit');
$briefly->quit;
$observer->quit;
done_once(4, 1, 'worker terminated in a statement, and twice');

# Not even a user's lock on the whole table keeps it from ending; its claims are then rescued.
hanging_feedback(4);
my $locker = $node->background_psql('postgres', on_error_stop => 1);
$locker->query('begin; lock table debrief.analysis_feedback in access exclusive mode');
my $old = running_worker($node);
kill 'TERM', $old;
wait_until(sub { worker_pid($node) ne $old }, 'the worker ends under a lock', 15);
$locker->query('commit');
$locker->quit;
done_once(4, 2, 'worker terminated under a table lock');

# A fast stop does not wait for calls.
hanging_feedback(10);
my $began = time;
$node->stop('fast');
note(sprintf 'fast stop with 10 calls in flight: %.2f s', time - $began);
# A worker that lives outside goes on with its calls, and settles them when the server is back.
wait_until(sub { in_flight() == 0 }, 'the calls are aborted') unless is_outside();
$node->start;
$stub->release if is_outside();
done_once(10, 1, 'restart with work queued');

hanging_feedback(4);
$node->stop('immediate');
$node->start;
$stub->release if is_outside();
done_once(4, is_outside() ? 1 : 2, 'immediate stop in mid-call');

# A row that takes its worker down each time is not tried for ever.
$node->safe_psql('postgres', q{update debrief.stages set max_attempts = 2});
hanging_feedback(1);
$stub->script('/v1/speech', {action => 'hold'});
kill 'KILL', worker_pid($node);
wait_until(sub { my ($status, $out) = $node->psql('postgres', q{select audio_attempts = 2 and audio_status = 'processing'
    from debrief.analysis_feedback where message like 'Hang %'}); $status == 0 && $out eq 't' }, 'the second attempt runs');
wait_until(sub { worker_pid($node) }, 'there is a worker');
kill 'KILL', worker_pid($node);
wait_until(sub { my ($status, $out) = $node->psql('postgres', q{select audio_status = 'failed' and audio_error_code = 'worker_lost'
    from debrief.analysis_feedback where message like 'Hang %'}); $status == 0 && $out eq 't' }, 'it fails in the end');
pass('a row that kills its worker fails when its attempts are used');

$node->stop;
done_testing();
