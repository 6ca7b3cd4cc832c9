# A real Prometheus for tests: on a free port, over a scratch folder, ended with the test.
package Prometheus;

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(basename);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Debrief;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_prometheus started_program);

sub free_port { return IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0)->sockport }

# A program that listens on 127.0.0.1:port, once it answers at the path; it is killed with the object.
sub started_program
{
    my ($port, $path, @command) = @_;
    my $folder = new_folder();
    my $pid = start_program(\@command, out => "$folder/log", err => "$folder/log");
    my $self = bless {pid => $pid, url => "http://127.0.0.1:$port", folder => $folder, http => HTTP::Tiny->new(timeout => 30)}, 'Prometheus';
    wait_until(sub {
        waitpid($pid, 1) == 0 or die "$command[0] ended: " . $self->log;
        return $self->{http}->get("$self->{url}$path")->{success};
    }, "$command[0] answers");
    return $self;
}

# Of the files of a folder: prometheus.yml and the rules it names, each as `change` makes it.
sub new_prometheus
{
    my ($source, $change) = @_;
    my $folder = new_folder();
    for my $file (glob "$source/prometheus.yml $source/*.rules.yml") {
        local $_ = PostgreSQL::Test::Utils::slurp_file($file);
        $change->();
        open(my $changed, '>', $folder . '/' . basename($file)) or die $!;
        print $changed $_;
        close $changed;
    }
    my $port = free_port();
    return started_program($port, '/-/ready', 'prometheus', "--config.file=$folder/prometheus.yml", "--storage.tsdb.path=$folder/data",
        "--web.listen-address=127.0.0.1:$port", '--log.level=warn');
}

sub log { return PostgreSQL::Test::Utils::slurp_file("$_[0]{folder}/log") }
sub get { my ($self, $path) = @_; return $self->{http}->get($self->{url} . $path)->{content} }

# The series that an expression gives; dies of one that is none.
sub query
{
    my ($self, $expression) = @_;
    my $answer = decode_json($self->{http}->post_form("$self->{url}/api/v1/query", {query => $expression})->{content});
    die "$expression: $answer->{errorType}: $answer->{error}" unless $answer->{status} eq 'success';
    return @{$answer->{data}{result}};
}

# Its rules: [name, expression, health, last error].
sub rules
{
    my ($self) = @_;
    my $answer = decode_json($self->get('/api/v1/rules'));
    return map { [$_->{name}, $_->{query}, $_->{health}, $_->{lastError} // '', $_->{type}] } map { @{$_->{rules}} } @{$answer->{data}{groups}};
}

sub DESTROY { my ($self) = @_; local ($?, $!); return unless $self->{pid}; kill 'KILL', $self->{pid}; waitpid($self->{pid}, 0) }

1;
