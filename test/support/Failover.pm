# What the tests of failover share: two servers, a and b, one of which takes writes; a writer that notes what was acknowledged; and
# the provider's log, to which the rows are compared after each event. Who moves the servers is the test's matter. With
# FAILOVER_SYNCHRONOUS=off commits do not wait for the standby: then acknowledged rows may be lost.
package Failover;

use strict;
use warnings;
use Debrief;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time stat);

our @EXPORT = qw($folder %port %pid $in_flight $is_synchronous set_up start manage try_sql sql only_at ask_only primary other streams
    begin_pipeline write_rows add_rows write_until_moved stopped_machine wait_until_followed repeated reconcile machine_killed switchover);

our ($folder, %port);
our %pid;   # by name: what was started, a process group of its own
our $in_flight = 16;
my $anywhere;   # how to reach the server that takes writes
our $is_synchronous = ($ENV{FAILOVER_SYNCHRONOUS} // 'on') eq 'on';

# Where the programs are, by name; without one of them there is no test. The listeners get a port, as a and b do.
sub set_up
{
    my ($names, @listeners) = @_;
    my %program = map { my $name = $_; $name => (grep { -x } map { "$_/$name" } split /:/, $ENV{PATH})[0] } @$names;
    plan skip_all => "$_ is not installed" for grep { !$program{$_} } sort keys %program;
    $folder = new_folder();
    %port = map { $_ => PostgreSQL::Test::Cluster::get_free_port() } qw(a b), @listeners;
    $anywhere = conninfo('127.0.0.1,127.0.0.1', "$port{a},$port{b}");
    return %program;
}

sub start
{
    my ($name, @command) = @_;
    local @SIG{qw(INT TERM)} = ('DEFAULT') x 2;    # as in start_program()
    $pid{$name} = fork() // die "fork: $!";
    return if $pid{$name};
    setpgrp;
    open(STDOUT, '>>', "$PostgreSQL::Test::Utils::log_path/$name.log");
    open(STDERR, '>&', \*STDOUT);
    exec @command;
}

END { local $?; kill KILL => map { -$_ } values %pid if %pid && !$ENV{IS_CHILD} }

# start: starts what manages a node, by its name; switchover: moves the primary, by the names of the old and the new one;
# is_followed: whether whoever decides about failover knows of a standby that follows.
my %manager;
sub manage { %manager = @_; return }
sub wait_until_followed { return wait_until($manager{is_followed}, $_[0], 90) }

sub conninfo { my ($hosts, $ports) = @_; return "host=$hosts port=$ports user=postgres dbname=postgres connect_timeout=3 target_session_attrs=read-write" }
sub only_at { return conninfo('127.0.0.1', $port{$_[0]}) }

# The answer of the server that takes writes, or undef.
sub try_sql
{
    my ($sql, $where) = @_;
    my ($out, $errors);
    return IPC::Run::run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $where // $anywhere, '-c', $sql], '>', \$out, '2>', \$errors) ? $out =~ s/\n\z//r : undef;
}
sub sql { return try_sql(@_) // die "failed: $_[0]" }
sub primary { return sql('show port') == $port{a} ? 'a' : 'b' }
sub other { return $_[0] eq 'a' ? 'b' : 'a' }
# From now on: where two servers take writes, only one of them is to be asked.
sub ask_only { $anywhere = only_at($_[0]); return }
sub streams { return (try_sql(q{select count(*) from pg_stat_replication where application_name !~ 'rewind|basebackup' and state = 'streaming'}) // 0) eq '1' }

my ($job, @acknowledged);
my $written = 0;
my $stub;
sub begin_pipeline
{
    $stub = new_stub();
    my $url = $stub->url;
    sql($_) for 'create extension pg_debrief', "create server voice foreign data wrapper debrief options (kind 'http', base_url '$url')",
        "update debrief.stages set server = 'voice', max_in_flight = $in_flight where stage = 'audio'";
    $job = sql(qq{with r as (insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4') returning id)
        insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id});
    $stub->request('POST', '/_chaos', {seed => 1, faults => 0, delay_ms => 300});
    return write_rows(50);
}

# Writes rows until the condition holds; notes those whose commit was confirmed.
sub write_until
{
    my ($condition) = @_;
    my $end = time + 120;
    while (time < $end) {
        $written++;
        push @acknowledged, $written
            if defined try_sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Row $written.')");
        return if $condition->();
    }
    die 'the writer waited in vain';
}
sub write_rows { my ($count) = @_; my $last = $written + $count; return write_until(sub { $written >= $last }) }
sub write_until_moved
{
    my ($to) = @_;
    write_until(sub { (try_sql('show port') // 0) == $port{$to} });
    return write_rows(20);
}

# Many rows at once, so that as many calls are in flight as there may be and more rows are due.
sub add_rows
{
    my ($count) = @_;
    my ($from, $to) = ($written + 1, $written + $count);
    sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Row ' || n || '.' from generate_series($from, $to) n");
    push @acknowledged, $from .. $to;
    $written = $to;
    return;
}

sub calls { return grep { $_->{body} =~ /Row \d+\./ } $stub->requests('/v1/speech') }
sub calls_by_row
{
    my %calls;
    for my $request (calls()) { $calls{$1}++ if $request->{body} =~ /Row (\d+)\./ }
    return \%calls;
}
my $repeated_before = 0;
sub repeated { my $calls = calls_by_row(); return (grep { $_ > 1 } values %$calls) - $repeated_before }

# Freezes processes and all that they have started; answers their ids. A parent that is frozen starts no more.
sub stopped
{
    my (@pids) = @_;
    kill STOP => @pids or die "kill: $!";
    my @children = map { split ' ', slurp_file($_) } map { glob "/proc/$_/task/*/children" } @pids;
    return (@pids, @children ? stopped(@children) : ());
}

# All that runs on the node's machine, frozen while calls are in flight and more rows are due.
sub stopped_machine
{
    my ($node) = @_;
    my $before = calls();
    add_rows(200);
    wait_until(sub { calls() - $before > $in_flight }, 'calls are in flight');
    my ($postmaster) = split /\n/, slurp_file("$folder/$node/postmaster.pid");
    return stopped($pid{$node}, $postmaster);
}

# The provider's log and the rows; is_split: two primaries have paid for the same; may_be_split: the second had little time for it.
sub reconcile
{
    my ($event, $began, %options) = @_;
    wait_until(sub { (try_sql(q{select count(*) from debrief.analysis_feedback where audio_status <> 'completed'}) // '') eq '0' }, "every row is spoken: $event", 120);
    my %there = map { $_ => 1 } split /\n/, sql(q{select substring(message from '\d+') from debrief.analysis_feedback});
    my $lost = grep { !$there{$_} } @acknowledged;
    is($lost, 0, "$event: no acknowledged row is lost") if $is_synchronous;
    is(sql('select count(*) - count(distinct feedback_id) from debrief.analysis_audio_segments'), 0, "$event: no sound is stored twice");
    my ($calls, $repeated) = (calls_by_row(), repeated());
    cmp_ok($repeated, $options{is_split} ? '>' : '<=', $in_flight,
        $options{is_split} ? "$event: two primaries make the same calls" : "$event: calls that were in flight alone are made again") if !$options{may_be_split};
    is(scalar(grep { $calls->{$_} > 4 } keys %$calls), 0, "$event: none over and over");
    # The server begins the new timeline with its history, a moment before it takes writes.
    my ($promoted) = sort { $b <=> $a } map { (stat)[9] } glob "$folder/@{[primary()]}/pg_wal/*.history";
    my ($first) = sort { $a <=> $b } grep { $_ > $promoted } map { $_->{at} } calls();
    note(sprintf '%s: first call after %.1f s, %.0f ms after the promotion; %d rows acknowledged, %d lost, %d calls repeated; all in %.1f s', $event,
        $first - $began, 1000 * ($first - $promoted), scalar @acknowledged, $lost, $repeated, time - $began);
    $repeated_before += $repeated;
    return;
}

# The machine of the primary is gone: whatever manages the server, and all processes of the server.
sub machine_killed
{
    my $old = primary();
    my @processes = stopped_machine($old);
    my $began = time;
    kill KILL => @processes;
    waitpid $pid{$old}, 0;
    write_until_moved(other($old));
    $manager{start}->($old);
    wait_until_followed('the lost node is back, as the standby');
    return reconcile('machine killed', $began);
}

sub switchover
{
    my $began = time;
    my $old = primary();
    $manager{switchover}->($old, other($old));
    write_until_moved(other($old));
    wait_until_followed('the other follows');
    return reconcile('switchover', $began);
}

1;
