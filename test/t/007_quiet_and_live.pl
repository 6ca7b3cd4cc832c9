# Idle means idle; edits, cancels and deletes reach a call in flight; users' locks are waited out.
use strict;
use warnings;
use Debrief;
use Home;
use Test::More;

# The safety poll is the only statement an idle worker runs: set to an hour, there is none.
my $node = new_cluster('quiet', conf => "autovacuum = off\npg_debrief.safety_poll = '1h'");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub in_flight { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }
sub aborted { return scalar grep { $_->{state} eq 'aborted' } $stub->requests('/v1/speech') }
sub hold_one
{
    my ($message) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    my $id = $node->safe_psql('postgres', qq{insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$message') returning id});
    wait_until(sub { in_flight() == 1 }, 'the call is in flight');
    $stub->script('/v1/speech');
    return $id;
}

my $id = hold_one('First words.');
$node->safe_psql('postgres', "update debrief.analysis_feedback set message = 'Better words.' where id = $id");
wait_until(sub { aborted() == 1 }, 'the edit aborts the call');
wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where id = $id");
is($node->safe_psql('postgres', "select ssml like '%Better words.%' from debrief.analysis_ssml_segments where feedback_id = $id"), 't',
    'an edit during a call aborts it; the new words are spoken');
is($node->safe_psql('postgres', "select ssml_attempts, audio_attempts from debrief.analysis_feedback where id = $id"), '1|1', 'with fresh attempts');

$id = hold_one('To be cancelled.');
is($node->safe_psql('postgres', "select debrief.cancel_feedback($id)"), 'cancelled while processing', 'cancel_feedback says what it did');
wait_until(sub { aborted() == 2 }, 'the cancel aborts the call');
is($node->safe_psql('postgres', "select audio_status, audio_error_code from debrief.analysis_feedback where id = $id"), 'failed|cancelled', 'a cancel aborts the call');
is($node->safe_psql('postgres', "select debrief.retry_feedback($id)"), 'audio queued', 'and can be taken back');
wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where id = $id");

$id = hold_one('To be deleted.');
$node->safe_psql('postgres', "delete from debrief.analysis_feedback where id = $id");
wait_until(sub { aborted() == 3 }, 'the delete aborts the call');
is($node->safe_psql('postgres', 'select count(*) from debrief.analysis_audio_segments a where not exists (select from debrief.analysis_feedback f where f.id = a.feedback_id)'),
    '0', 'a delete aborts the call and leaves nothing');
wait_for_sql($node, q{select count(*) = 3 from debrief.attempts where stage = 'audio' and disposition = 'cancelled' and server = 'stub' and next_attempt_at is null}, 'aborted calls are recorded');
pass('each call that was aborted is in the history');

# A user's lock over a settle: other rows go on, the answer is kept and stored when the lock is gone.
$id = hold_one('Under a lock.');
my $locker = $node->background_psql('postgres', on_error_stop => 1);
$locker->query("begin; select 1 from debrief.analysis_feedback where id = $id for update");
$stub->script('/v1/speech');
$stub->release;
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Another.')");
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Another.'});
is($node->safe_psql('postgres', "select audio_status from debrief.analysis_feedback where id = $id"), 'processing', 'the locked row waits, others go on');
$locker->query('commit');
$locker->quit;
wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where id = $id");
is((scalar grep { $_->{body} =~ /Under a lock/ } $stub->requests('/v1/speech')), 1, 'the paid answer was kept: no second call');

# A cancel has nothing to cancel in an idle worker, and does it no harm; nor does a table lock.
my ($pid, $session) = (worker_pid($node), worker_session($node));
$node->safe_psql('postgres', "select pg_cancel_backend($session)");
$locker = $node->background_psql('postgres', on_error_stop => 1);
$locker->query('begin; lock table debrief.analysis_feedback in access exclusive mode');
$node->safe_psql('postgres', q{update debrief.stages set max_in_flight = 32 where stage = 'audio'});    # wakes the worker
wait_for_sql($node, q{select bool_or(state = 'waiting' and last_error like '%lock timeout%') from debrief.worker_status});
$locker->query("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'After the lock.')");
$locker->query('commit');
$locker->quit;
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'After the lock.'});
is(worker_pid($node) . ' ' . worker_session($node), "$pid $session", 'neither a cancel nor a table lock ends the worker');

# Zero transactions in a minute. Statistics are read from another database; this minute is the
# thing under test, not a wait for something.
SKIP: {
    skip 'the second session of a worker outside asks for wakes each second', 2 if is_outside();
    $node->safe_psql('postgres', 'create database observer');
    my $transactions = sub { return $node->safe_psql('observer', q{
        select pg_stat_clear_snapshot(); select xact_commit + xact_rollback from pg_stat_database where datname = 'postgres'}) };
    my $settled = -1;
    wait_until(sub { my $now = $transactions->(); my $same = $now eq $settled; $settled = $now; select(undef, undef, undef, 1.5); $same },
        'the statistics have arrived');
    my $before = $transactions->();
    sleep 60;
    is($transactions->(), $before, 'an idle minute has no transaction at all');
    is($node->safe_psql('observer', q{select count(*) from pg_stat_activity where backend_type = 'pg_debrief worker' and state = 'idle'}), '1', 'the worker is idle');
}

$node->stop;
done_testing();
