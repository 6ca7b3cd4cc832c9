# What the TAP tests share: a cluster with pg_debrief, a scripted provider, and waits for
# conditions with a deadline.
package Debrief;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use POSIX ();
use File::Basename qw(dirname);
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(new_folder new_cluster new_stub new_emulator wait_until owner_id add_recording worker_pid wait_for_sql build_shim leak_at_commit start_program running_worker);

# A fresh folder, by its absolute path.
sub new_folder { return abs_path(PostgreSQL::Test::Utils::tempdir()) }

# A process that becomes this program, with its output appended to the files `out` and `err`. Until it does, a signal ends it
# at once: by the handlers that PostgreSQL::Test::Cluster has from 17 on, it would stop the servers of the test.
sub start_program
{
    my ($command, %options) = @_;
    my %file = map { open(my $file, '>>', $options{$_}) or die "$options{$_}: $!"; $_ => $file } keys %options;
    local @SIG{qw(INT TERM)} = ('DEFAULT') x 2;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open(STDOUT, '>&', $file{out}) if $file{out};
    open(STDERR, '>&', $file{err}) if $file{err};
    exec(@$command) or do { warn "$command->[0]: $!\n"; POSIX::_exit(127) };
}

# A running cluster that preloads pg_debrief, with the extension in database postgres. DEBRIEF_HOME: see Home.pm. Its first start has
# the environment that is given.
sub new_cluster
{
    my ($name, %options) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name, %{$options{node} // {}});
    $node->init(%{$options{init} // {}});
    $node->append_conf('postgresql.conf', join "\n", "shared_preload_libraries = 'pg_debrief'",
        "pg_debrief.allowed_hosts = '127.0.0.1'",
        "max_worker_processes = 16", 'log_error_verbosity = default', $options{conf} // '');
    require Home;
    my $is_outside = Home::is_outside() && !$options{bare};
    $node->append_conf('postgresql.conf', 'pg_debrief.enabled = off') if $is_outside;
    {
        local %ENV = (%ENV, %{$options{environment} // {}});
        $node->start;
    }
    $node->safe_psql('postgres', 'create extension pg_debrief') unless $options{bare};
    Home::move_in($node, conf => $options{conf}, standby => $options{standby}) if $is_outside;
    return $node;
}

# A provider that answers as its script says: see provider_stub.pl.
sub new_stub
{
    my $port_file = new_folder() . '/port';
    # It ends when this pipe does: with the test, however the test ends.
    my $pid = open(my $pipe, '|-', $^X, dirname(__FILE__) . '/provider_stub.pl', $port_file) or die "stub: $!";
    wait_until(sub { -s $port_file }, 'the stub listens');
    my $self = bless {pid => $pid, pipe => $pipe, port => PostgreSQL::Test::Utils::slurp_file($port_file),
                      http => HTTP::Tiny->new(timeout => 60)}, 'Debrief::Stub';
    return $self;
}

# An emulator of a real service: see emulators/README.md.
sub new_emulator
{
    my ($service, %options) = @_;
    my $folder = new_folder();
    my @command = ('python3', dirname(__FILE__) . '/emulators/run.py', $service, '--port-file', "$folder/port",
        '--log', "$folder/log", '--watch-stdin');
    push @command, '--cert', $options{cert}, '--certkey', $options{certkey} if $options{cert};
    push @command, '--set', "$_=$options{set}{$_}" for sort keys %{$options{set} // {}};
    my $pid = open(my $pipe, '|-', @command) or die "emulator $service: $!";
    wait_until(sub { -s "$folder/port" }, "the emulator of $service listens");
    return bless {pid => $pid, pipe => $pipe, port => PostgreSQL::Test::Utils::slurp_file("$folder/port") + 0,
                  scheme => $options{cert} ? 'https' : 'http', host => $options{host} // '127.0.0.1', log => "$folder/log",
                  http => HTTP::Tiny->new(timeout => 60, verify_SSL => 0)}, 'Debrief::Emulator';
}

# Turns until the condition holds; fails the test after its deadline.
sub wait_until
{
    my ($condition, $what, $seconds) = @_;
    for (1 .. ($seconds // 60) * 50) {
        my $value = $condition->();
        return $value if $value;
        usleep(20_000);
    }
    die "waited in vain: $what";
}

sub wait_for_sql
{
    my ($node, $sql, $what) = @_;
    wait_until(sub { $node->safe_psql('postgres', $sql) eq 't' }, $what // $sql);
    return 1;
}

sub owner_id { return '11111111-1111-4111-8111-111111111111' }

# A trigger of the user's that, when a claim or result is committed, says that commits need not be durable.
sub leak_at_commit
{
    my ($node) = @_;
    return $node->safe_psql('postgres', q{
        set synchronous_commit = local;
        create function public.leak() returns trigger language plpgsql as $$
        begin
          perform set_config('synchronous_commit', 'local', false);
          return null;
        end $$;
        create constraint trigger leak after update on debrief.analysis_feedback deferrable initially deferred
          for each row execute function public.leak()});
}

# A completed upload in the directory store `root`; answers its id.
sub add_recording
{
    my ($node, $root, $name, $bytes) = @_;
    my $path = owner_id() . "/$name";
    mkdir "$root/" . owner_id();
    open(my $file, '>', "$root/$path") or die "$root/$path: $!";
    print $file ($bytes // "not really a video");
    close $file;
    return $node->safe_psql('postgres', qq{
        insert into debrief.video_recordings (user_id, storage_path, upload_status)
        values ('@{[owner_id()]}', '$path', 'completed') returning id});
}

sub worker_pid
{
    my ($node, $database) = @_;
    require Home;
    return (Home::worker_pids($node, $database))[0] // '' if Home::is_outside_of($node);
    $database //= 'postgres';
    return $node->safe_psql('postgres', qq{
        select pid from pg_stat_activity where backend_type = 'pg_debrief worker' and datname = '$database'});
}

# The same, once there is one.
sub running_worker
{
    my @of = @_;
    my $pid = '';
    wait_until(sub { ($pid = worker_pid(@of)) ne '' }, 'a worker runs');
    return $pid;
}

# Builds a library of shims/ that a server may be made to preload (LD_PRELOAD); answers its path.
sub build_shim
{
    my ($source) = @_;
    my $library = new_folder() . "/$source.so";
    my $compiler = $source =~ /cpp$/ ? 'g++' : 'gcc';
    system($compiler, '-shared', '-fPIC', '-O1', '-o', $library, dirname(__FILE__) . "/shims/$source", '-ldl') == 0
        or die "could not build $source";
    return $library;
}

package Debrief::Stub;

use JSON::PP;

sub url { return "http://127.0.0.1:$_[0]{port}" }

sub request
{
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->{http}->request($method, $self->url . $path,
        {headers => {'Content-Type' => 'application/json'}, content => defined $body ? encode_json($body) : ''});
    die "stub: $answer->{status} $answer->{content}" unless $answer->{success};
    return decode_json($answer->{content});
}

# The next answers for a path, the last one for all that follow.
sub script { my ($self, $path, @answers) = @_; return $self->request('POST', '/_script', {path => $path, answers => \@answers}) }
sub release { return $_[0]->request('POST', '/_release') }

# The requests so far, of one path or all.
sub requests
{
    my ($self, $path) = @_;
    return grep { !defined $path || $_->{path} eq $path } @{$self->request('GET', '/_log')};
}

# Servers, store and stages that use this stub, with a fresh directory of recordings; answers it.
sub serve
{
    my ($self, $node, %options) = @_;
    my $root = Debrief::new_folder();
    chmod 0755, $root;
    my $url = $self->url;
    $node->safe_psql($options{database} // 'postgres', qq{
        create server stub foreign data wrapper debrief options (kind 'http', base_url '$url');
        create server recordings foreign data wrapper debrief options (kind 'directory', path '$root');
        update debrief.stages set server = 'stub', store = 'recordings' where stage = 'analysis';
        update debrief.stages set server = 'stub' where stage = 'audio';
        update debrief.stages set backoff_base_ms = 10, backoff_cap_ms = 50;});
    return $root;
}

sub stop
{
    my ($self) = @_;
    kill 'TERM', $self->{pid};
    close $self->{pipe};
}

package Debrief::Emulator;

use JSON::PP;

sub url { return "$_[0]{scheme}://$_[0]{host}:$_[0]{port}" }

sub request
{
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->{http}->request($method, "$self->{scheme}://127.0.0.1:$self->{port}$path",
        {headers => {'Content-Type' => 'application/json'}, content => defined $body ? encode_json($body) : ''});
    die "emulator: $answer->{status} $answer->{content}" unless $answer->{success};
    return $answer->{content} eq '' ? undef : decode_json($answer->{content});
}

# Spoils the next requests whose "METHOD path" matches.
sub fault { my ($self, $match, $fault, $times) = @_; return $self->request('POST', '/_control/fault', {match => $match, fault => $fault, times => $times // 1}) }
sub hold { my ($self, $match) = @_; return $self->request('POST', '/_control/hold', {match => $match}) }
sub release { return $_[0]->request('POST', '/_control/release', {}) }
sub state { return $_[0]->request('GET', '/_control/state') }
sub wait_for_held { my ($self) = @_; return Debrief::wait_until(sub { $self->state->{held} > 0 }, 'a request is held') }

# The requests so far whose "METHOD path" matches.
sub requests
{
    my ($self, $match) = @_;
    # Over TLS the log is read from its file: HTTP::Tiny would need another package.
    my $log = $self->{scheme} eq 'http' ? $self->request('GET', '/_control/log')
        : [map { decode_json($_) } split /\n/, -e $self->{log} ? PostgreSQL::Test::Utils::slurp_file($self->{log}) : ''];
    return grep { !defined $match || "$_->{method} $_->{path}" =~ $match } @$log;
}

1;
