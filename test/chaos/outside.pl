# 20,000 rows, one worker inside the server and two outside, six of them killed, a restart and a failover in between. Then every
# row has one sound, and the provider was not called more often than the rows' attempts say, but for what was in flight
# when the server was restarted: the worker inside gives that back uncharged.
#
#   make outside-chaos [OUTSIDE_ROWS=20000]
use strict;
use warnings;
use Debrief;
use Outside;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rows = $ENV{OUTSIDE_ROWS} || 20_000;
my $in_flight = 60;
my $conf = "restart_after_crash = on\npg_debrief.safety_poll = '1s'\npg_debrief.max_workers = 8";
my $primary = new_cluster('primary', init => {allows_streaming => 1}, conf => $conf);
my $stub = new_stub();
my $root = $stub->serve($primary);
outer_role($primary);
$primary->safe_psql('postgres', "update debrief.stages set max_in_flight = $in_flight, max_attempts = 20");
add_recording($primary, $root, 'talk.mp4');
wait_for_sql($primary, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $primary->safe_psql('postgres', 'select id from debrief.analysis_jobs');

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
# A commit that no standby has is none: what a failover could lose is called for again.
$primary->safe_psql('postgres', q{alter system set synchronous_standby_names = '*'});
$primary->reload;
wait_for_sql($primary, q{select sync_state = 'sync' from pg_stat_replication});

my $node = $primary;
sub outer { return new_outer($primary, dsn => outer_dsn($primary, standby => $standby), poll => 200) }
my @outer = (outer(), outer());

# A server that restarts answers nothing.
sub try_sql { my ($status, $out) = $node->psql('postgres', $_[0]); return $status == 0 ? $out : '' }
sub spoken { return try_sql(q{select count(*) from debrief.analysis_feedback where message like 'Row %' and audio_status = 'completed'}) || 0 }
sub reach
{
    my ($share) = @_;
    wait_until(sub { spoken() >= $share * $rows }, 100 * $share . ' % are spoken', 300);
}
sub kill_outer { my ($which) = @_; $outer[$which]->end('KILL'); $outer[$which] = outer() }
# The server ends every session and starts anew, as it does for any process with shared memory.
sub kill_inner
{
    my $pid;
    wait_until(sub { $pid = try_sql(q{select pid from pg_stat_activity where backend_type = 'pg_debrief worker' limit 1}) }, 'an inner worker runs');
    kill 'KILL', $pid;
    wait_until(sub { try_sql('select 1') eq '1' && try_sql("select count(*) from pg_stat_activity where pid = $pid") eq '0' }, 'the server is back');
}

my $began = time;
$primary->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Row ' || n || '.' from generate_series(1, $rows) n");
reach(0.05);
cmp_ok($primary->safe_psql('postgres', q{select count(*) from debrief.worker_status where process = 'worker' and state = 'running'}), '>=', 3, 'one worker inside and two outside')
  or diag($primary->safe_psql('postgres', 'table debrief.worker_status'));
kill_outer(0);
reach(0.15);
kill_inner();
reach(0.25);
kill_outer(1);
reach(0.35);
$primary->restart;
reach(0.45);
kill_outer(0);
reach(0.55);
kill_inner();
reach(0.65);
my $lost_at = spoken();
$primary->stop('immediate');
$standby->promote;
$node = $standby;
cmp_ok(spoken(), '>=', $lost_at, 'nothing that was spoken is lost with the primary');
reach(0.8);
kill_outer(1);
reach(1);
note(sprintf '%d rows in %.0f s', $rows, time - $began);

is($standby->safe_psql('postgres', q{select count(*), count(distinct a.feedback_id) from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Row %'}), "$rows|$rows", 'each row has one sound');
is($standby->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback f where f.message like 'Row %'
    and (f.ssml_status <> 'completed' or f.audio_status <> 'completed' or f.claim_token is not null)}), 0, 'and nothing is held or due');
my %calls;
for my $request ($stub->requests('/v1/speech')) { $calls{$1}++ if $request->{body} =~ /(Row \d+\.)/ }
my %attempts = map { split /\|/ } split /\n/, $standby->safe_psql('postgres', q{select message, audio_attempts from debrief.analysis_feedback where message like 'Row %'});
my @more = grep { ($calls{$_} // 0) > $attempts{$_} } keys %attempts;
cmp_ok(scalar @more, '<=', $in_flight, 'no row was called for more often than its attempts say, but for the calls that the restart ended');
is_deeply([grep { $calls{$_} > $attempts{$_} + 1 } @more], [], 'and of those each once more');
my $again = 0;
$again += $_ - 1 for values %calls;
note(sprintf '%d calls were made again: %.2f %%', $again, 100 * $again / $rows);
cmp_ok($again, '<', $rows / 10, 'and few were called for again');

$_->end('TERM') for @outer;
$standby->stop;
$stub->stop;
done_testing();
