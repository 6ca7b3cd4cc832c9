# A worker outside the server is in no command's way, whatever its second session has come to, by which the
# server would wake it.
use strict;
use warnings;
use Debrief;
use Outside;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('outside_drop', conf => 'pg_debrief.enabled = off');
outer_role($node);

# A worker in a database of its own; `hold` is where its second session stays.
sub begin
{
    my ($database, %options) = @_;
    $node->safe_psql('postgres', "create database $database");
    $node->safe_psql($database, q{create extension pg_debrief; select debrief.grant_access('outer1', 'worker')});
    local %ENV = %ENV;
    my $folder = new_folder();
    @ENV{qw(LD_PRELOAD HOLD FOLDER)} = (build_shim('second_session.c'), $options{hold}, $folder) if $options{hold};
    my $outer = new_outer($node, dsn => outer_dsn($node, database => $database) . ' connect_timeout=2', %options);
    wait_until(sub { -e "$folder/there" }, 'its second session is held') if $options{hold};
    return ($outer, $folder);
}

# The command has its lock, and waits for sessions, when `then` is called.
sub drop
{
    my ($database, $then) = @_;
    my $dropper = fork // die "fork: $!";
    exec 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "drop database $database" if $dropper == 0;
    wait_for_sql($node, qq{select exists (select from pg_locks l join pg_database d on d.oid = l.objid where l.classid = 'pg_database'::regclass
        and d.datname = '$database' and l.mode = 'AccessExclusiveLock' and l.granted)}) if $then;
    $then->() if $then;
    waitpid $dropper, 0;
    return $?;
}
sub ends
{
    my ($outer, $status) = @_;
    my $ended;
    wait_until(sub { $ended = waitpid($outer->pid, POSIX::WNOHANG()) == $outer->pid ? $? >> 8 : undef; defined $ended }, 'the worker ends');
    delete $outer->{pid};
    return is($ended, $status, "and the worker ends with status $status");
}

for my $hold (qw(connect place)) {
    my ($outer, $folder) = begin("held_$hold", hold => $hold, poll => 3_600_000);
    is(drop("held_$hold", sub { append_to_file("$folder/go", '') }), 0, "DROP DATABASE passes before the second session can $hold" . ($hold eq 'place' ? ' itself' : ''));
    ends($outer, 0);
}

# Whoever has no second session looks by itself.
$node->safe_psql('postgres', 'alter role outer1 connection limit 1');
my ($outer) = begin('alone');
wait_until(sub { $outer->log =~ /it polls/ }, 'it has one session');
is(drop('alone'), 0, 'DROP DATABASE passes where the server cannot wake the worker');
ends($outer, 0);
($outer) = begin('skewed');
$outer->end('TERM');
$node->safe_psql('skewed', q{update pg_extension set extversion = '9.9' where extname = 'pg_debrief'});
$outer = new_outer($node, dsn => outer_dsn($node, database => 'skewed'));
wait_until(sub { $outer->log =~ /nothing is claimed.*it polls/s }, 'it waits for another version');
is(drop('skewed'), 0, 'and where that worker waits for another version');
ends($outer, 0);
$node->safe_psql('postgres', 'alter role outer1 connection limit -1');

$node->stop;
done_testing();
