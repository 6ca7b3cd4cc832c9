# Where the workers of a test live: in the server, or, with DEBRIEF_HOME=outside, in programs of their own, which are
# started again when they end, as systemd would do.
package Home;

use strict;
use warnings;
use Debrief;
use Exporter 'import';
use Outside;
use POSIX qw(:sys_wait_h);
use PostgreSQL::Test::Utils;

our @EXPORT = qw(configure is_outside is_worker_session move_in replace_workers worker_log worker_pids worker_role worker_session);

my %keepers;    # by node: what keeps a worker running
my %settings;   # by node: what its workers are started with

sub is_outside { return ($ENV{DEBRIEF_HOME} // '') eq 'outside' }
sub is_outside_of { my ($node) = @_; return defined $keepers{$node->name} }

# The role that workers have, and how their sessions are found in pg_stat_activity.
sub worker_role { return is_outside() ? 'outer1' : 'debrief_worker' }
sub is_worker_session
{
    return is_outside() ? q{(usename = 'outer1' and query !~ '_wait_for_wake')} : q{(backend_type = 'pg_debrief worker')};
}

# Starts a worker whenever there is none, until the pipe to the test ends.
sub keep
{
    my ($node, $file, $pipe, %options) = @_;
    while (1) {
        my $outer = new_outer($node, %options);
        append_to_file("$file.new", $outer->pid);
        rename "$file.new", $file;
        vec(my $ends = '', fileno $pipe, 1) = 1;
        while (waitpid($outer->pid, WNOHANG) == 0) {
            next if select(my $ready = $ends, undef, undef, 0.05) <= 0;
            $outer->end('KILL');
            return;
        }
        unlink $file;
    }
}

# What a client may not read of the server's settings is an option of the program.
sub take_settings
{
    my ($node, $conf) = @_;
    my $of = $settings{$node->name} //= {file => new_folder() . '/worker.conf', allowed_hosts => '127.0.0.1'};
    $of->{$1} = $2 while $conf =~ /^pg_debrief\.(\w+) = '?([^'\n]*)/mg;
    append_to_file("$of->{file}.new", join '', map { my $value = $of->{$_} // ''; $value eq '' ? () : s/_/-/r . " = $value\n" } qw(allowed_hosts ca_file key_file));
    rename "$of->{file}.new", $of->{file};
    return $of;
}

# In the server workers come by themselves. Outside, whoever makes a database starts them: for `conf`, what the node's
# settings say, in `database`, also after `standby` has taken its node's place.
sub move_in
{
    my ($node, %options) = @_;
    return if !is_outside();
    my $database = $options{database} // 'postgres';
    outer_role($node, $database);
    my $of = take_settings($node, $options{conf} // '');
    my %started = (dsn => outer_dsn($node, database => $database, standby => $options{standby}), config => $of->{file});
    # Where nothing but a wake is to bring a row, the worker does not look for it either.
    $started{poll} = 3_600_000 if ($of->{safety_poll} // '') eq '1h';
    my $count = $of->{workers_per_database} // 1;
    for (1 .. $count) {
        my $file = new_folder() . '/pid';
        (my $log = $node->logfile) =~ s/(\.log)$/_worker_${database}_$_$1/;
        pipe(my $ends, my $held) or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            # Somebody may wait for the end of what the test had open before.
            POSIX::close($_) for grep { $_ != fileno $ends } 3 .. 255;
            delete $ENV{PGOPTIONS};                  # what the test's own sessions need
            $ENV{TMPDIR} = $file =~ s{/pid$}{}r;     # the caller's may be another user's
            eval { keep($node, $file, $ends, %started, log => $log); 1 } or warn $@;
            POSIX::_exit(0);
        }
        push @{$keepers{$node->name}}, {file => $file, log => $log, held => $held, database => $database};
    }
    $keepers{$options{standby}->name} = $keepers{$node->name} if $options{standby};
    wait_until(sub { $node->safe_psql($database, q{select count(*) from debrief.worker_status where process = 'worker' and ordinal >= 100}) == $count }, 'the workers outside begin');
    return;
}

# Changes a setting of the workers that run, as their operator does: outside, that takes a restart of them.
sub configure
{
    my ($node, $setting) = @_;
    $node->append_conf('postgresql.conf', $setting);
    $node->reload;
    return if !is_outside_of($node);
    take_settings($node, $setting);
    replace_workers($node);
    return;
}

sub worker_pids
{
    my ($node, $database) = @_;
    $database //= 'postgres';
    if (is_outside_of($node)) {
        return map { (-s $_->{file} ? eval { slurp_file($_->{file}) } : undef) // () } grep { $_->{database} eq $database } @{$keepers{$node->name}};
    }
    my ($status, $out) = eval { $node->psql('postgres', "select pid from pg_stat_activity where backend_type = 'pg_debrief worker' and datname = '$database'") };
    return defined $status && $status == 0 ? split /\n/, $out : ();
}

# Ends them in good order, and waits until the next ones are there, and hear what is changed.
sub replace_workers
{
    my ($node) = @_;
    my %old = map { $_ => 1 } worker_pids($node);
    my $places = q{select pid from debrief.worker_status where process = 'worker' and ordinal >= 100};
    my $taken = $node->safe_psql('postgres', "select array($places)");
    kill 'TERM', keys %old;
    wait_until(sub { keys %old == grep { !$old{$_} } worker_pids($node) }, 'other workers are there');
    return if !is_outside_of($node);
    wait_until(sub { $node->safe_psql('postgres', "select count(*) from ($places) p where pid <> all ('$taken')") == keys %old }, 'they have their places');
    return;
}

# What the workers have logged, and the server where they are its own.
sub worker_log
{
    my ($node) = @_;
    return slurp_file($node->logfile) if !is_outside_of($node);
    return join '', map { -e $_->{log} ? slurp_file($_->{log}) : () } @{$keepers{$node->name}};
}

# The session of the server that the one worker of the database has.
sub worker_session
{
    my ($node) = @_;
    return $node->safe_psql('postgres', q{select l.pid from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and l.classid = debrief._lock_class() and d.datname = current_database()});
}

1;
