# A process that serves for months must not grow: after LEAK_ROWS rows (50,000) through both stages,
# with faults among the answers, the worker and the launcher hold what they held after 15,000.
#
# What is counted is the anonymous memory: shared buffers that only the worker has touched count as
# private too, and grow with the table.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = $ENV{LEAK_ROWS} || 50_000;
my $warm_rows = 15_000;
# 20 bytes a row: the smallest leak, one allocation a row, would be 32. The heap settles within the first 15,000 rows.
my $growth_kb_max = 1_000 * $rows / 50_000;

my $node = new_cluster('leak', conf => "fsync = off\nmax_wal_size = '4GB'\nautovacuum_naptime = '1d'");
my $stub = new_stub();
$stub->serve($node);
# One answer in fifty is a fault: the ways of failures are walked as often.
$stub->request('POST', '/_chaos', {seed => 7, faults => 0.02, delay_ms => 1, forget => 1});
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql(q{update debrief.stages set server = 'stub', max_in_flight = 64, max_attempts = 5 where stage in ('ssml', 'audio')});
my $user = owner_id();
my $job = sql(qq{
    with r as (insert into debrief.video_recordings (user_id, storage_path) values ('$user', '$user/v.mp4') returning id)
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id});

sub work
{
    my ($count) = @_;
    for (my $rest = $count; $rest > 0; $rest -= 5_000) {
        my $now = $rest < 5_000 ? $rest : 5_000;
        sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Row ' || n from generate_series(1, $now) n");
        wait_until(sub { sql(q{select count(*) = 0 from debrief.analysis_feedback where ssml_status in ('queued', 'processing')
            or (ssml_status = 'completed' and audio_status in ('queued', 'processing'))}) eq 't' }, 'every row is final', 600);
    }
}

sub anonymous_kb
{
    my ($pid) = @_;
    my ($kb) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m or die "no memory of $pid";
    return $kb;
}

my %pid = (worker => worker_pid($node), launcher => sql(q{select pid from pg_stat_activity where backend_type = 'pg_debrief launcher'}));
work($warm_rows);
my %warm = map { $_ => anonymous_kb($pid{$_}) } keys %pid;
work($rows);
cmp_ok(sql(q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}), '>', 0.99 * ($rows + $warm_rows), 'nearly all rows end well');
cmp_ok(sql(q{select count(*) from debrief.attempts}), '>', 0.02 * $rows, 'and many calls failed');
is(worker_pid($node), $pid{worker}, 'by one worker');
for my $process (sort keys %pid) {
    my $growth = anonymous_kb($pid{$process}) - $warm{$process};
    note("$process: $warm{$process} kB after $warm_rows rows, $growth kB more after $rows more");
    cmp_ok($growth, '<=', $growth_kb_max, "the $process does not grow ($warm{$process} kB, then $growth kB more)");
}
$stub->stop;
done_testing();
