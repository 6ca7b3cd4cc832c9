# The console's program in TAP tests: started with options, asked over HTTP.
package Console;

use strict;
use warnings;
use Digest::SHA;
use Exporter 'import';
use HTTP::Tiny;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Debrief;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_console refused_console);

# As `make console` built it; run_tap copies it beside the tests.
sub program { return -x 'console/pg_debrief_console' ? './console/pg_debrief_console' : 'build/release/console/pg_debrief_console' }

# A running console that listens on free ports.
sub new_console
{
    my (@options) = @_;
    my $folder = new_folder();
    my $pid = start_program([program(), '--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', @options], out => "$folder/out", err => "$folder/log");
    my $self = bless {pid => $pid, folder => $folder, http => HTTP::Tiny->new(timeout => 30, max_redirect => 0)}, 'Console';
    wait_until(sub { waitpid($pid, 1) == 0 or die "the console ended: " . $self->log; $self->out =~ /^ready$/m }, 'the console listens');
    ($self->{page}) = $self->out =~ m{^page on (http://\S+)$}m;
    ($self->{metrics}) = $self->out =~ m{^metrics on (http://\S+)$}m;
    return $self;
}

# What a console that must not start says; dies when it starts.
sub refused_console
{
    my (@options) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([program(), @options], '>', \$out, '2>', \$err, IPC::Run::timeout(20)) and die 'it has started';
    return $err;
}

# Empty before it has begun.
sub out { return -e "$_[0]{folder}/out" ? PostgreSQL::Test::Utils::slurp_file("$_[0]{folder}/out") : '' }
sub log { return -e "$_[0]{folder}/log" ? PostgreSQL::Test::Utils::slurp_file("$_[0]{folder}/log") : '' }

# The answer to a request at `page` or `metrics`.
sub request
{
    my ($self, $where, $method, $path, %options) = @_;
    return $self->{http}->request($method, $self->{$where} . $path, \%options);
}

sub get { my ($self, $where, $path, %headers) = @_; return $self->request($where, 'GET', $path, headers => \%headers) }

# The status of a request whose headers are these and no others, as HTTP::Tiny writes Host itself.
sub raw
{
    my ($self, $where, $method, $path, %headers) = @_;
    my ($host, $port) = $self->{$where} =~ m{//([^:]+):(\d+)} or die $self->{$where};
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or die "connect: $!";
    print $socket join "\r\n", "$method $path HTTP/1.1", (map { "$_: $headers{$_}" } sort keys %headers), 'Connection: close', '', '';
    return ((<$socket> // '') =~ m{^HTTP/1.1 (\d+)})[0];
}

# A stream of events; nothing when there is none.
sub stream
{
    my ($self, $path, %headers) = @_;
    my ($host, $port) = $self->{page} =~ m{//([^:]+):(\d+)} or die $self->{page};
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or die "connect: $!";
    print $socket join "\r\n", "GET $path HTTP/1.1", "Host: $host:$port", (map { "$_: $headers{$_}" } sort keys %headers), '', '';
    my $stream = bless {socket => $socket, text => ''}, 'Console::Stream';
    $stream->more(30) until $stream->{head} || $stream->{ended};
    return ($stream->{head} // '') =~ m{^HTTP/1.1 200} ? $stream : undef;
}

# A token as PostgREST reads it.
sub hs256_token
{
    my ($secret, $claims, $algorithm) = @_;
    delete @{$claims}{grep { !defined $claims->{$_} } keys %$claims};
    my $text = join '.', map { MIME::Base64::encode_base64url(encode_json($_)) } {alg => $algorithm // 'HS256', typ => 'JWT'}, $claims;
    return "$text." . ($algorithm ? '' : MIME::Base64::encode_base64url(Digest::SHA::hmac_sha256($text, $secret)));
}

sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} // return 0;
    kill 'TERM', $pid;
    waitpid($pid, 0);
    return $?;
}

# However the test ends.
sub DESTROY { my ($self) = @_; local ($?, $!); kill 'KILL', $self->{pid} if $self->{pid} }

package Console::Stream;

use JSON::PP;

# Reads what there is, or waits for it; takes the chunks apart.
sub more
{
    my ($self, $seconds) = @_;
    IO::Select->new($self->{socket})->can_read($seconds) or return 0;
    my $bytes = sysread($self->{socket}, $self->{raw}, 65536, length($self->{raw} // ''));
    $self->{ended} = 1 unless $bytes;
    if (!$self->{head} && $self->{raw} =~ s/^(.*?\r\n)\r\n//s) { $self->{head} = $1 }
    return $bytes unless $self->{head};
    while ($self->{raw} =~ /^([0-9a-fA-F]+)\r\n/ && length($self->{raw}) >= length($1) + 4 + hex $1) {
        my $size = hex $1;
        $self->{ended} = 1 if $size == 0;
        $self->{text} .= substr($self->{raw}, length($1) + 2, $size);
        $self->{raw} = substr($self->{raw}, length($1) + 4 + $size);
    }
    return $bytes;
}

# The data of the next event of that name; nothing when the stream ends, or there is none for so long.
sub event
{
    my ($self, $name, $seconds) = @_;
    my $until = time + ($seconds // 30);
    while (1) {
        return decode_json($1) if $self->{text} =~ s/^.*?event: $name\ndata: ([^\n]*)\n\n//s;
        return undef if $self->{ended} || time > $until;
        $self->more(1);
    }
}

# The first event of that name for which the condition holds.
sub event_until
{
    my ($self, $name, $condition) = @_;
    for (1 .. 200) {
        my $data = $self->event($name) // return undef;
        return $data if $condition->($data);
    }
    return undef;
}

# Whether it ends soon.
sub ends
{
    my ($self) = @_;
    my $until = time + 30;
    while (!$self->{ended} && time < $until) { $self->more(1) }
    return $self->{ended};
}

1;
