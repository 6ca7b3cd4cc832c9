# pg_debrief_worker --once: what is paid for is stored before it ends, though the database is away, or a lock in the way.
use strict;
use warnings;
use Debrief;
use Outside;
use Test::More;

my $node = new_cluster('once', conf => 'pg_debrief.enabled = off');
my $stub = new_stub();
my $root = $stub->serve($node);
outer_role($node);
add_recording($node, $root, 'talk.mp4');
my ($code, $words) = run_outer($node, more => ['--once']);
is($code, 0, 'it ends when nothing is due') or diag $words;
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub speak
{
    my ($what) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$what')");
    my $worker = new_outer($node, more => ['--once']);
    wait_until(sub { grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, "$what: the call is made");
    $stub->script('/v1/speech');
    return $worker;
}

# Its exit status, and what has become of the row by then.
sub end_of
{
    my ($worker, $what) = @_;
    my $status = $worker->end(0);
    return $status . ' ' . $node->safe_psql('postgres', "select audio_status || ' ' || audio_attempts from debrief.analysis_feedback where message = '$what'");
}

my $worker = speak('Away.');
$node->stop('fast');
wait_until(sub { $worker->log =~ /the connection to the database is lost/ }, 'it notices that the server is away');
$stub->release;
my $refusals = sub { return scalar(() = $worker->log =~ /could not /g) };
my $before = $refusals->();
wait_until(sub { $refusals->() > $before }, 'it tries to connect again');
$node->start;
is(end_of($worker, 'Away.'), '0 completed 1', 'a server that was away gets the result');

my $locker = $node->background_psql('postgres', on_error_stop => 1);
$worker = speak('Locked.');
$locker->query_safe(q{begin; select from debrief.analysis_feedback where message = 'Locked.' for update});
$stub->release;
# Turn after turn it finds the row locked.
my %turns;
wait_until(sub { $turns{$node->safe_psql('postgres', q{select coalesce(max(state_change)::text, 'gone') from pg_stat_activity where usename = 'outer1'})} = 1;
                 keys %turns >= 5 || $turns{gone} }, 'it tries to store the result');
$locker->query_safe('commit');
$locker->quit;
is(end_of($worker, 'Locked.'), '0 completed 1', 'a row that was locked gets its result');

$node->stop;
$stub->stop;
done_testing();
