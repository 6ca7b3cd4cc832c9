# A network between a program and the server of a node, which can be cut: what was sent is taken and goes nowhere.
package Network;

use strict;
use warnings;
use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

our @EXPORT = qw(new_network);

my (%other, $select);

sub join_sockets
{
    my ($listener, $database) = @_;
    my @pair = ($listener->accept, IO::Socket::UNIX->new(Peer => $database));
    return unless $pair[0] && $pair[1];
    @other{@pair} = reverse @pair;
    $select->add(@pair);
    return;
}

sub pass_on
{
    my ($socket) = @_;
    my $bytes;
    return if $other{$socket} && sysread($socket, $bytes, 65536) && syswrite($other{$socket}, $bytes);
    my $peer = delete $other{$socket} // return;
    delete $other{$peer};
    $select->remove($_), close($_) for $socket, $peer;
    return;
}

sub forward
{
    my ($listener, $database) = @_;
    $select = IO::Select->new($listener);
    # Both ends of what was connected stay open, and nobody reads them any more.
    local $SIG{USR1} = sub { $select->remove(grep { $_ != $listener } $select->handles) };
    while (1) {
        $_ == $listener ? join_sockets($listener, $database) : pass_on($_) for $select->can_read;
    }
}

sub new_network
{
    my ($node) = @_;
    my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die "listen: $!";
    my $pid = fork // die "fork: $!";
    forward($listener, $node->host . '/.s.PGSQL.' . $node->port) if $pid == 0;
    return bless {pid => $pid, port => $listener->sockport}, 'Network';
}

sub port { return $_[0]{port} }

# All connections, until it goes on.
sub stop { return kill 'STOP', $_[0]{pid} }
sub go_on { return kill 'CONT', $_[0]{pid} }
# Those that exist, for ever: new ones are not affected.
sub cut { return kill 'USR1', $_[0]{pid} }

sub DESTROY
{
    my ($self) = @_;
    local $?;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
