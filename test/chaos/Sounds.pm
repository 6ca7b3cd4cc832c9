# Where chaos keeps its sounds: a directory, or a bucket behind HTTP that is out of order now and then.
package Sounds;

use strict;
use warnings;
use Debrief;
use File::Find;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;

use constant {KEY => 'sb_secret_chaos', BUCKET => 'test-bucket'};

sub new
{
    my ($class, $kind) = @_;
    my $self = bless {kind => $kind, root => new_folder(), outages => [], http => HTTP::Tiny->new(timeout => 60)}, $class;
    chmod 0755, $self->{root};
    return $self if $kind eq 'directory';
    $self->{bucket} = new_emulator('supabase', set => {secret_key => KEY});
    append_to_file("$self->{root}/keys", "sounds 127.0.0.1:$self->{bucket}{port} " . KEY . "\n");
    chmod 0600, "$self->{root}/keys";
    return $self;
}

sub conf { my ($self) = @_; return $self->{bucket} ? "pg_debrief.key_file = '$self->{root}/keys'" : '' }
sub url { my ($self) = @_; return $self->{bucket}->url . '/storage/v1' }

sub options
{
    my ($self) = @_;
    return "kind 'directory', path '$self->{root}'" unless $self->{bucket};
    return "kind 'supabase', base_url '" . $self->url . "', bucket '" . BUCKET . "', key 'sounds'";
}

sub paths
{
    my ($self) = @_;
    my @paths;
    if ($self->{bucket}) { @paths = map { substr($_, length(BUCKET) + 1) } keys %{$self->{bucket}->state->{service}{objects}} }
    else { find({no_chdir => 1, wanted => sub { push @paths, substr($_, length($self->{root}) + 1) if -f }}, $self->{root}) }
    return @paths;
}

sub read
{
    my ($self, $path) = @_;
    return slurp_file("$self->{root}/$path") unless $self->{bucket};
    my $answer = $self->{http}->get($self->url . "/object/authenticated/@{[BUCKET]}/$path", {headers => {apikey => KEY}});
    die "$path: $answer->{status}" unless $answer->{success};
    return $answer->{content};
}

sub begin_outage
{
    my ($self, $lasts) = @_;
    my @faults = qw(500 503_read_only 544 html_502 reset 401);
    $self->{bucket}->fault('/storage/v1/', $faults[int rand @faults], -1);
    push @{$self->{outages}}, {from => Time::HiRes::time(), to => Time::HiRes::time() + $lasts};
}

sub end_outage_at
{
    my ($self, $now) = @_;
    my $last = $self->{outages}[-1] or return;
    return if $last->{ended} || $now < $last->{to};
    $self->{bucket}->request('POST', '/_control/heal', {});
    $last->{ended} = 1;
    $last->{to} = Time::HiRes::time();
}

1;
