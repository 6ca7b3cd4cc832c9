# The console's program in TAP tests: started with options, asked over HTTP.
package Console;

use strict;
use warnings;
use Exporter 'import';
use HTTP::Tiny;
use JSON::PP;
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
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open(STDOUT, '>', "$folder/out") or die $!;
        open(STDERR, '>', "$folder/log") or die $!;
        exec(program(), '--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', @options) or die "no console: $!";
    }
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

sub out { my $file = "$_[0]{folder}/out"; return -e $file ? PostgreSQL::Test::Utils::slurp_file($file) : q{} }
sub log { return PostgreSQL::Test::Utils::slurp_file("$_[0]{folder}/log") }

# The answer to a request at `page` or `metrics`.
sub request
{
    my ($self, $where, $method, $path, %options) = @_;
    return $self->{http}->request($method, $self->{$where} . $path, \%options);
}

sub get { my ($self, $where, $path, %headers) = @_; return $self->request($where, 'GET', $path, headers => \%headers) }

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

1;
