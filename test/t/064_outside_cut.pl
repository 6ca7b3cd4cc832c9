# The network between the worker outside and the server is cut without a word: neither side sees an end. What is paid
# meanwhile is settled by a new connection, which first ends the old session, because that still holds the worker's lock.
use strict;
use warnings;
use Debrief;
use Network;
use Outside;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('outside_cut', init => {allows_streaming => 1}, conf => "pg_debrief.enabled = off\nlisten_addresses = ''");
my $stub = new_stub();
my $root = $stub->serve($node);
outer_role($node);
my $network = new_network($node);
my $outer = new_outer($node, dsn => 'host=127.0.0.1 port=' . $network->port . ' dbname=postgres user=outer1');
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub holder { return $node->safe_psql('postgres', q{select pid from pg_locks where locktype = 'advisory' and classid = debrief._lock_class()}) }
sub speech { return scalar(my @calls = $stub->requests('/v1/speech')) }
my ($old, $before) = (holder(), speech());
like($old, qr/^\d+$/, 'one session holds the lock of the worker');

$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Cut ' || n from generate_series(1, 4) n");
wait_until(sub { 4 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'calls are in flight');
$stub->script('/v1/speech');
$network->cut;
$stub->release;
wait_until(sub { 0 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'they are answered, and paid');
is(holder(), $old, 'the server does not know that nobody uses the session');

wait_for_sql($node, q{select count(*) = 4 from debrief.analysis_feedback where message like 'Cut %' and audio_status = 'completed'});
is(speech() - $before, 4, 'the answers are settled: nothing is paid twice');
is($node->safe_psql('postgres', q{select count(*), count(distinct a.feedback_id), max(f.audio_attempts)
    from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Cut %'}), '4|4|1', 'each row has one sound');
like($outer->log, qr/answer did not arrive.*another session holds this worker's lock.*connected to the database again/s, 'the log says what happened');
isnt(holder(), $old, 'another session holds the lock');
is($node->safe_psql('postgres', "select count(*) from pg_stat_activity where pid = $old"), 0, 'the old one is ended');

# A commit that waits for a standby is not taken for one whose answer is lost.
$node->safe_psql('postgres', q{alter role outer1 set log_statement = 'all'});
sub confirmed_by { my ($standby) = @_; $node->safe_psql('postgres', "alter system set synchronous_standby_names = '$standby'"); $node->reload; return }
confirmed_by('nobody');
my ($session, $offset) = (holder(), -s $node->logfile);
$node->safe_psql('postgres', "set synchronous_commit = local; insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'After.')");
wait_until(sub { slurp_file($node->logfile, $offset) =~ /statement: select state from pg_catalog.pg_stat_activity where pid = $session\b/ }, 'it asks on another connection');
confirmed_by('');
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'After.'});
is(holder(), $session, 'the session stays');

is($outer->end('TERM'), 0, 'it ends');
$node->stop;
$stub->stop;
done_testing();
