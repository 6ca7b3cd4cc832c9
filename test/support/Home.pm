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

our @EXPORT = qw(is_outside worker_log worker_pids worker_session);

my %keepers;   # by node: what keeps a worker running

sub is_outside { return ($ENV{DEBRIEF_HOME} // '') eq 'outside' }

# Starts a worker whenever there is none, until the pipe to the test ends.
sub keep
{
    my ($node, $file, $pipe, @more) = @_;
    while (1) {
        my $outer = new_outer($node, more => \@more, log => "$file.log");
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

# A node whose workers inside are off has these instead; the options are what its settings say.
sub move_in
{
    my ($node, $conf) = @_;
    outer_role($node);
    my @options;
    for my $name (qw(key_file ca_file)) {
        my ($value) = $conf =~ /^pg_debrief\.$name = '(.*)'/m;
        push @options, '--' . ($name =~ s/_/-/r), $value if defined $value;
    }
    my $count = $conf =~ /^pg_debrief\.workers_per_database = (\d)/m ? $1 : 1;
    for (1 .. $count) {
        my $file = new_folder() . '/pid';
        pipe(my $ends, my $held) or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            # Somebody may wait for the end of what the test had open before.
            POSIX::close($_) for grep { $_ != fileno $ends } 3 .. 255;
            eval { keep($node, $file, $ends, @options); 1 } or warn $@;
            POSIX::_exit(0);
        }
        push @{$keepers{$node->name}}, {file => $file, held => $held};
    }
    wait_for_sql($node, "select count(*) = $count from debrief.worker_status where process = 'worker' and ordinal >= 100", 'the workers outside begin');
    return;
}

sub worker_pids
{
    my ($node) = @_;
    if (is_outside()) {
        return map { -s $_->{file} ? slurp_file($_->{file}) : () } @{$keepers{$node->name}};
    }
    my ($status, $out) = eval { $node->psql('postgres', q{select pid from pg_stat_activity where backend_type = 'pg_debrief worker' and datname = 'postgres'}) };
    return defined $status && $status == 0 ? split /\n/, $out : ();
}

# What the workers have logged, and the server where they are its own.
sub worker_log
{
    my ($node) = @_;
    return slurp_file($node->logfile) if !is_outside();
    return join '', map { -e "$_->{file}.log" ? slurp_file("$_->{file}.log") : () } @{$keepers{$node->name}};
}

# The session of the server that the one worker of the database has.
sub worker_session
{
    my ($node) = @_;
    return $node->safe_psql('postgres', q{select l.pid from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and l.classid = debrief._lock_class() and d.datname = current_database()});
}

1;
