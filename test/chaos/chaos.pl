# Chaos: rows, faults and outages of the provider and of the store, kills, edits, deletes, locks and reloads in an order drawn from
# a seed; then the provider's log is reconciled with the tables.
#
#   make chaos [CHAOS_SECONDS=60] [CHAOS_SEED=n] [CHAOS_STORE=bucket]
#
# What is done, and in which order, follows from the seed; when things meet does not.
use strict;
use warnings;
use lib 'test/chaos';
use Debrief;
use History;
use Home;
use POSIX qw(:sys_wait_h);
use PostgreSQL::Test::Utils;
use Reconcile;
use Sounds;
use Test::More;
use Time::HiRes qw(time usleep);

my $seed = $ENV{CHAOS_SEED} || int(rand(1 << 30));
my $seconds = $ENV{CHAOS_SECONDS} || 40;
srand $seed;
my $store = $ENV{CHAOS_STORE} || ('directory', 'bucket')[$seed % 2];
diag("CHAOS_SEED=$seed CHAOS_SECONDS=$seconds CHAOS_STORE=$store");

my $sounds = Sounds->new($store);

my $node = new_cluster('chaos', conf => join "\n", 'fsync = on', 'restart_after_crash = on', "pg_debrief.safety_poll = '1s'",
    'pg_debrief.workers_per_database = 2', 'log_min_messages = log', "lock_timeout = '5s'", $sounds->conf);
my $stub = new_stub();
my $root = $stub->serve($node);
$node->safe_psql('postgres', qq{
    create server sounds foreign data wrapper debrief options (@{[$sounds->options]});
    update debrief.stages set server = 'stub' where stage = 'ssml';
    update debrief.stages set store = 'sounds' where stage = 'audio';
    update debrief.stages set max_in_flight = 32, timeout_ms = 5000;});
History::watch($node);
$stub->request('POST', '/_chaos', {seed => $seed, faults => 0.15, delay_ms => 60});

my %done = map { $_ => 0 } qw(outage store_outage insert edit delete retry cancel lock reload kill terminate restart);
my %retries;     # by row: how often somebody asked for it anew
my @ends;        # when workers ended
my @outages;     # when the provider was out of order: from, to
my (%children, $messages);

# Nobody minds when it fails: the server may just be restarting.
sub try_sql
{
    my ($sql) = @_;
    # A server that restarts may refuse the connection before what is asked is sent: then IPC::Run dies.
    my ($status, $out) = eval { $node->psql('postgres', $sql) };
    return defined $status && $status == 0 ? $out : '';
}
# A session of its own, beside everything else.
sub beside
{
    my ($sql) = @_;
    my $pid = fork;
    if (!$pid) {
        open(STDERR, '>', '/dev/null');
        open(STDOUT, '>', '/dev/null');
        exec 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-c', $sql;
    }
    $children{$pid} = 1;
}
sub message { $messages++; return "Message $messages of this run." }
sub pick { my ($out) = @_; my @rows = split /\n/, $out; return @rows ? $rows[int rand @rows] : undef }
sub some_rows
{
    my ($count) = @_;
    return join(',', map { /^\d+$/ ? $_ : () } split /\n/,
        try_sql("select id from debrief.analysis_feedback where hashint8(id + " . int(rand(1e6)) . ") % 7 = 0 limit $count")) || '0';
}
sub note_retries { $retries{$_}++ for split /,/, $_[0] }

my @actions = (
    [40, insert => sub {
        my $values = join ',', map { "((select min(id) + " . int(rand(5)) . " from debrief.analysis_jobs), '" . message() . "')" } 1 .. 12;
        try_sql("insert into debrief.analysis_feedback (analysis_job_id, message) select j, m from (values $values) v(j, m) where exists (select from debrief.analysis_jobs where id = j)");
    }],
    [12, edit => sub {
        my $rows = some_rows(4);
        try_sql("update debrief.analysis_feedback set message = '" . message() . " Row ' || id where id in ($rows)");
    }],
    [4, delete => sub { try_sql('delete from debrief.analysis_feedback where id in (' . some_rows(2) . ')') }],
    [4, cancel => sub { try_sql("select debrief.cancel_feedback(id) from debrief.analysis_feedback where id in (" . some_rows(3) . ')') }],
    [8, retry => sub {
        my $rows = join(',', map { /^\d+$/ ? $_ : () } split /\n/, try_sql(q{select id from debrief.analysis_feedback where 'failed' in (ssml_status, audio_status) limit 5})) || '0';
        note_retries($rows);
        try_sql("select debrief.retry_feedback(id) from debrief.analysis_feedback where id in ($rows)");
    }],
    [6, lock => sub {
        my $rows = some_rows(3);
        my $wait = rand() * 1.5;
        beside("begin; select 1 from debrief.analysis_feedback where id in ($rows) order by id for update; select pg_sleep($wait); commit");
    }],
    [2, lock => sub { beside('begin; lock table debrief.analysis_feedback in access exclusive mode; select pg_sleep(' . rand() * 0.7 . '); commit') }],
    [3, insert => sub {
        my $text = message();
        beside("begin; insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$text' from debrief.analysis_jobs; select pg_sleep(" . rand() * 2 . '); commit');
    }],
    # The server may restart between any two statements: then there is one recording less.
    [3, insert => sub { eval { add_recording($node, $root, "talk$messages.mp4") } }],
    [1, delete => sub { try_sql('delete from debrief.video_recordings where id = (select max(id) from debrief.video_recordings) and id > 5') }],
    [4, reload => sub { try_sql('update debrief.stages set max_in_flight = ' . (4 + int rand 40) . q{ where stage = 'audio'}); $node->reload }],
    [2, terminate => sub { push @ends, time, time; kill 'TERM', worker_pids($node) }],
    [2, kill => sub { my @pids = worker_pids($node); push @ends, time; kill 'KILL', $pids[int rand @pids] if @pids }],
    # 5 to 60 s, of which a short run has room for few.
    [1, outage => sub {
        return if @outages && $outages[-1]{to} + 3 > time;
        my @answers = ((map { {status => $_, body => ''} } 502, 503, 529, 500), {action => 'reset'});
        $stub->request('POST', '/_outage', {answer => $answers[int rand @answers]});
        push @outages, {from => time, to => time + 5 + rand($seconds > 100 ? 55 : 5)};
    }],
    [1, store_outage => sub {
        return if !$sounds->{bucket} || (@{$sounds->{outages}} && $sounds->{outages}[-1]{to} + 3 > time);
        $sounds->begin_outage(5 + rand($seconds > 100 ? 55 : 5));
    }],
    [0.5, restart => sub { push @ends, time; $node->stop('immediate'); $node->start }]);
my $weights = 0;
$weights += $_->[0] for @actions;

add_recording($node, $root, "first$_.mp4") for 1 .. 5;
wait_for_sql($node, 'select count(*) = 5 from debrief.analysis_jobs');
my $end = time + $seconds;
my $is_out = 0;
sub end_outage
{
    $stub->request('POST', '/_outage', {});
    $outages[-1]{to} = time;
}
while (time < $end) {
    my $was_out = $is_out;
    $is_out = @outages && time < $outages[-1]{to};
    end_outage() if $was_out && !$is_out;
    $sounds->end_outage_at(time);
    my $chance = rand($weights);
    my ($action) = grep { ($chance -= $_->[0]) < 0 } @actions;
    $action->[2]->();
    $done{$action->[1]}++;
    delete $children{$_} for grep { waitpid($_, WNOHANG) != 0 } keys %children;
    usleep(rand(30_000));
}
waitpid($_, 0) for keys %children;
diag('done: ' . join(' ', map { "$_=$done{$_}" } sort keys %done));

# Calm: what is due now must end, without help.
end_outage() if @outages && time < $outages[-1]{to} + 1;
$sounds->end_outage_at(9e9);
$stub->request('POST', '/_chaos', {seed => $seed, faults => 0, delay_ms => 5});
wait_until(sub { try_sql('select 1') eq '1' }, 'the server is up');
# Analyses first: what they find is feedback.
wait_until(sub { try_sql(q{select count(*) = 0 from debrief.analysis_jobs where status in ('queued', 'processing')}) eq 't' }, 'every analysis is final', 150);
wait_until(sub { try_sql(q{select count(*) = 0 from debrief.analysis_feedback
    where ssml_status in ('queued', 'processing') or (ssml_status = 'completed' and audio_status in ('queued', 'processing'))}) eq 't' },
    'every feedback row is final', 150);
pass('every surviving row is final');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where claim_token is not null or lease_expires_at is not null}), 0, 'no claim is left');

# A day later: objects whose row never came are deleted.
$node->safe_psql('postgres', 'update debrief.object_deletions set due_at = now()');
wait_for_sql($node, 'select count(*) = 0 from debrief.object_deletions', 'objects without a row are deleted');

my $state = Reconcile::read_tables($node);
my @requests = $stub->requests;
note(scalar(@requests) . ' requests, ' . scalar(keys %{$state->{rows}}) . ' rows, ' . scalar(keys %{$state->{sounds}}) . ' sounds');
cmp_ok(scalar(keys %{$state->{sounds}}), '>', 100, 'there is something to reconcile');
Reconcile::check_results($state, $sounds);
Reconcile::check_calls(\@requests, \%retries, \@ends, $sounds->{outages});
Reconcile::check_outages(\@requests, \@outages, \@ends);
Reconcile::check_store_outages(\@requests, $sounds->{outages}, \@ends);
is($node->safe_psql('postgres', q{select string_agg(distinct error_code, ', ') from debrief.failures where error_code in ('unavailable', 'connection_broken', 'unreachable', 'unauthorized', 'gave_up')}),
    '', 'no row was failed by an outage');

History::check($node);

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|terminated by signal (?!9)|TRAP:/, 'no process crashed but those that were killed');
$node->stop;
done_testing();
