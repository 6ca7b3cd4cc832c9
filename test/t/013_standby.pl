# The pipeline runs on the primary and only there; a commit that no standby confirms makes no call.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $standby = PostgreSQL::Test::Cluster->new('standby');
my $primary = new_cluster('primary', standby => $standby, init => {allows_streaming => 1}, conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($primary);
add_recording($primary, $root, 'talk.mp4');
wait_for_sql($primary, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $primary->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ /$words/ } $stub->requests('/v1/speech') }
sub add { my ($node, $words, $count) = @_; $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
sub workers { my ($node) = @_; return $node->safe_psql('postgres', q{select count(*) from pg_stat_activity where backend_type like 'pg_debrief%'}) }

$primary->backup('base');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# Rows are in flight on the primary, and are seen on the standby.
$stub->script('/v1/speech', {action => 'hold'});
add($primary, 'In flight', 8);
wait_until(sub { calls('In flight') == 8 }, 'eight calls are in flight');
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where audio_status = 'processing'}), 8, 'the standby sees rows in flight');
is(workers($standby), 0, 'and has no process of the pipeline');
is($standby->safe_psql('postgres', q{select process, pid, state from debrief.worker_status}), 'launcher||standby', 'which its worker_status tells');

# The primary is lost, the standby takes over. A worker outside goes on with its calls, and settles them there.
my $attempts = is_outside() ? 1 : 2;
$primary->stop('immediate');
$stub->script('/v1/speech');
is(calls('In flight'), 8, 'the standby has called nobody');
$standby->promote;
$stub->release if is_outside();
wait_until(sub { $standby->safe_psql('postgres', q{select count(*) = 8 from debrief.analysis_feedback where message like 'In flight %' and audio_status = 'completed'}) eq 't' },
    'the rows are finished after the promotion', 60);
is($standby->safe_psql('postgres', q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'In flight %'}), '8|8', 'each of them has one sound');
is(calls('In flight'), 8 * $attempts, $attempts == 1 ? 'by the call that was in flight' : 'by one call more each');
is($standby->safe_psql('postgres', q{select distinct audio_attempts from debrief.analysis_feedback where message like 'In flight %'}), $attempts, 'which its attempts tell');
is($standby->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message not like 'In flight %' and audio_attempts <> 1}), 0,
    'what had been finished is not done again');
add($standby, 'New', 3);
wait_until(sub { $standby->safe_psql('postgres', q{select count(*) = 3 from debrief.analysis_feedback where message like 'New %' and audio_status = 'completed'}) eq 't' }, 'new rows are spoken');
pass('the promoted server runs the pipeline by itself');

# A synchronous standby that is gone: a claim that is not confirmed is not durable, so there is no call, whatever a trigger sets.
leak_at_commit($standby);
$standby->append_conf('postgresql.conf', "synchronous_standby_names = 'nobody'");
$standby->reload;
wait_until(sub { $standby->safe_psql('postgres', 'show synchronous_standby_names') eq 'nobody' }, 'the setting is read');
$standby->safe_psql('postgres', "set synchronous_commit = local; insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Unconfirmed.')");
wait_until(sub { $standby->safe_psql('postgres', "select count(*) = 1 from pg_stat_activity where @{[is_worker_session()]} and wait_event = 'SyncRep'") eq 't' },
    'the worker waits for its claim to be confirmed');
is($standby->safe_psql('postgres', q{select ssml_status, ssml_attempts from debrief.analysis_feedback where message = 'Unconfirmed.'}), 'queued|0', 'which nobody sees before');
is(calls('Unconfirmed'), 0, 'a claim that no standby confirmed makes no call');
wait_until(sub { $standby->safe_psql('postgres', q{select state from debrief.worker_status where process = 'worker'}) eq 'waiting' }, 'worker_status has it as waiting');
like($standby->safe_psql('postgres', q{select last_error from debrief.worker_status where process = 'worker'}), qr/^a commit waits for a synchronous standby/, 'and says for what');
is($standby->safe_psql('postgres', q{select distinct hint from debrief.stage_status where reason ~ 'synchronous standby'}),
    'SELECT application_name, state, sync_state FROM pg_stat_replication;', 'stage_status has it too, and how to see which');
my $began = time;
$standby->stop('fast');
note(sprintf 'fast stop while a commit waits for a standby: %.2f s', time - $began);
pass('a fast stop does not wait for the standby');
$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''");
$standby->start;
wait_until(sub { $standby->safe_psql('postgres', q{select audio_status from debrief.analysis_feedback where message = 'Unconfirmed.'}) eq 'completed' }, 'the row is finished');
is(calls('Unconfirmed'), 1, 'when commits go through again, it is spoken once');
wait_until(sub { $standby->safe_psql('postgres', q{select state, last_error from debrief.worker_status where process = 'worker'}) eq 'running|' }, 'worker_status says that it runs');
pass('and worker_status says that it runs');

$standby->stop;
done_testing();
