# The worker outside the server in TAP tests: a role for it, and processes that are started and ended.
package Outside;

use strict;
use warnings;
use Debrief;
use Exporter 'import';
use PostgreSQL::Test::Utils;

our @EXPORT = qw(outer_role outer_dsn new_outer run_outer);

# As `make outside-worker` built it; run_tap copies it beside the tests.
sub program { return -x 'outside/pg_debrief_worker' ? './outside/pg_debrief_worker' : 'build/outside/pg_debrief_worker' }

sub outer_role
{
    my ($node, $database) = @_;
    $node->safe_psql('postgres', 'create role outer1 login') if $node->safe_psql('postgres', q{select to_regrole('outer1') is null}) eq 't';
    return $node->safe_psql($database // 'postgres', q{select debrief.grant_access('outer1', 'worker')});
}

# Of a node, and of the standby that is to take its place.
sub outer_dsn
{
    my ($node, %options) = @_;
    my @nodes = grep { $_ } $node, $options{standby};
    return sprintf 'host=%s port=%s dbname=%s user=outer1', join(',', map { $_->host } @nodes), join(',', map { $_->port } @nodes), $options{database} // 'postgres';
}

sub arguments
{
    my ($node, %options) = @_;
    my @config = $options{config} ? ('--config', $options{config}) : ('--allowed-hosts', '127.0.0.1');
    return (program(), '--dsn', $options{dsn} // outer_dsn($node), @config, '--poll', $options{poll} // 50, @{$options{more} // []});
}

# A worker that runs until it is stopped, or the test ends.
sub new_outer
{
    my ($node, %options) = @_;
    my $log = $options{log} // new_folder() . '/log';
    return bless {pid => start_program([arguments($node, %options)], err => $log), log => $log}, 'Outside';
}

# One that ends by itself: its exit code, and what it says.
sub run_outer
{
    my ($node, %options) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([arguments($node, %options)], '>', \$out, '2>', \$err, IPC::Run::timeout(60));
    return ($? >> 8, $out . $err);
}

sub pid { return $_[0]{pid} }
sub log { return PostgreSQL::Test::Utils::slurp_file($_[0]{log}) }

# Sends a signal and waits for the end; answers the exit status.
sub end
{
    my ($self, $signal) = @_;
    kill $signal, $self->{pid};
    waitpid $self->{pid}, 0;
    delete $self->{pid};
    return $?;
}

sub DESTROY
{
    my ($self) = @_;
    return if !$self->{pid};
    local $?;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
