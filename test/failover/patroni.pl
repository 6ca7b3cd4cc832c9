# Failover by Patroni with etcd: a machine killed, a planned switchover, and a Patroni that is frozen on its primary. After each,
# what was acknowledged is there and spoken, and the provider's log says what was called twice. FAILOVER_SYNCHRONOUS=off is without
# Patroni's synchronous mode: then acknowledged rows may be lost, and the frozen one is a second primary, which pays again.
use strict;
use warnings;
use Debrief;
use HTTP::Tiny;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my %program = map { my $name = $_; $name => (grep { -x } map { "$_/$name" } split /:/, $ENV{PATH})[0] } qw(etcd patroni patronictl);
plan skip_all => "$_ is not installed" for grep { !$program{$_} } sort keys %program;

my $folder = new_folder();
my $in_flight = 16;
my $synchronous = ($ENV{FAILOVER_SYNCHRONOUS} // 'on') eq 'on' ? 'true' : 'false';
my %port = map { $_ => PostgreSQL::Test::Cluster::get_free_port() } qw(etcd peers a b rest_a rest_b);
my (%pid, @acknowledged);
my $bin = (split /:/, $ENV{PATH})[0];

sub start
{
    my ($name, @command) = @_;
    $pid{$name} = fork() // die "fork: $!";
    return if $pid{$name};
    setpgrp;
    open(STDOUT, '>>', "$folder/$name.log");
    open(STDERR, '>&', \*STDOUT);
    exec @command;
}

sub start_patroni
{
    my ($name) = @_;
    open(my $file, '>', "$folder/$name.yml") or die $!;
    print $file <<"END";
scope: failover
name: $name
restapi: {listen: "127.0.0.1:$port{"rest_$name"}", connect_address: "127.0.0.1:$port{"rest_$name"}"}
etcd3: {host: "127.0.0.1:$port{etcd}"}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 8
    synchronous_mode: $synchronous
    postgresql:
      use_pg_rewind: true
      parameters:
        shared_preload_libraries: pg_debrief
        max_worker_processes: 16
        pg_debrief.allowed_hosts: 127.0.0.1
  initdb: [{encoding: UTF8}, data-checksums]
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: "127.0.0.1:$port{$name}"
  connect_address: "127.0.0.1:$port{$name}"
  data_dir: $folder/$name
  bin_dir: $bin
  authentication: {superuser: {username: postgres, password: s}, replication: {username: copier, password: s}}
  parameters: {unix_socket_directories: $folder}
END
    close $file;
    return start($name, $program{patroni}, "$folder/$name.yml");
}

# The answer of the server that takes writes, or undef.
my $anywhere = "host=127.0.0.1,127.0.0.1 port=$port{a},$port{b} user=postgres dbname=postgres connect_timeout=3 target_session_attrs=read-write";
sub try_sql
{
    my ($sql, $where) = @_;
    my ($out, $errors);
    return IPC::Run::run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $where // $anywhere, '-c', $sql], '>', \$out, '2>', \$errors) ? $out =~ s/\n\z//r : undef;
}
sub sql { return try_sql(@_) // die "failed: $_[0]" }
sub primary { return sql('show port') == $port{a} ? 'a' : 'b' }
sub other { return $_[0] eq 'a' ? 'b' : 'a' }
# As Patroni has noted it: before that it makes no other node the primary.
sub is_followed
{
    my $role = $synchronous eq 'true' ? 'synchronous' : 'asynchronous';
    my $http = HTTP::Tiny->new(timeout => 3);
    return (try_sql(q{select count(*) from pg_stat_replication where application_name in ('a', 'b') and state = 'streaming'}) // 0) eq '1'
        && grep { $http->get("http://127.0.0.1:$_/$role")->{success} } @port{qw(rest_a rest_b)};
}

# Writes rows until the condition holds and for a while after it; notes those whose commit was confirmed.
my ($job, $written) = (0, 0);
sub write_until
{
    my ($condition) = @_;
    my $end = time + 120;
    while (time < $end) {
        $written++;
        push @acknowledged, $written
            if defined try_sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Row $written.')");
        return if $condition->();
    }
    die 'the writer waited in vain';
}
sub write_rows { my ($count) = @_; my $last = $written + $count; write_until(sub { $written >= $last }) }

my $stub = new_stub();
sub calls
{
    my %calls;
    for my $request ($stub->requests('/v1/speech')) { $calls{$1}++ if $request->{body} =~ /Row (\d+)\./ }
    return \%calls;
}
sub repeated { my $calls = calls(); return scalar grep { $_ > 1 } values %$calls }
my $repeated_before = 0;
sub reconcile
{
    my ($event, $began) = @_;
    wait_until(sub { (try_sql(q{select count(*) from debrief.analysis_feedback where audio_status <> 'completed'}) // '') eq '0' }, "every row is spoken: $event", 120);
    my %there = map { $_ => 1 } split /\n/, sql(q{select substring(message from '\d+') from debrief.analysis_feedback});
    my $lost = grep { !$there{$_} } @acknowledged;
    is($lost, 0, "$event: no acknowledged row is lost") if $synchronous eq 'true';
    is(sql('select count(*) - count(distinct feedback_id) from debrief.analysis_audio_segments'), 0, "$event: no sound is stored twice");
    my ($calls, $repeated) = (calls(), repeated());
    my $is_split = $synchronous eq 'false' && $event eq 'Patroni frozen';
    cmp_ok($repeated - $repeated_before, $is_split ? '>' : '<=', $in_flight,
        $is_split ? "$event: two primaries make the same calls" : "$event: calls that were in flight alone are made again");
    is(scalar(grep { $calls->{$_} > 4 } keys %$calls), 0, "$event: none over and over");
    note(sprintf '%s: %.1f s, %d rows acknowledged, %d lost, %d calls repeated', $event, time - $began, scalar @acknowledged, $lost, $repeated - $repeated_before);
    $repeated_before = $repeated;
    return;
}

END { local $?; kill KILL => map { -$_ } values %pid if %pid && !$ENV{IS_CHILD} }

start('etcd', $program{etcd}, '--data-dir', "$folder/etcd", '--listen-client-urls', "http://127.0.0.1:$port{etcd}", '--advertise-client-urls', "http://127.0.0.1:$port{etcd}",
    '--listen-peer-urls', "http://127.0.0.1:$port{peers}", '--initial-advertise-peer-urls', "http://127.0.0.1:$port{peers}", '--initial-cluster', "default=http://127.0.0.1:$port{peers}");
start_patroni('a');
wait_until(sub { defined try_sql('select 1') }, 'the first node is the primary', 90);
start_patroni('b');
wait_until(sub { is_followed() }, 'the second is its standby', 90);
my $url = $stub->url;
sql($_) for 'create extension pg_debrief', "create server voice foreign data wrapper debrief options (kind 'http', base_url '$url')",
    "update debrief.stages set server = 'voice', max_in_flight = $in_flight where stage = 'audio'";
$job = sql(qq{with r as (insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4') returning id)
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id});
$stub->request('POST', '/_chaos', {seed => 1, faults => 0, delay_ms => 300});

# The machine of the primary is gone: Patroni, and all processes of the server.
write_rows(50);
my $began = time;
my $old = primary();
my ($postmaster) = split /\n/, slurp_file("$folder/$old/postmaster.pid");
kill KILL => -$pid{$old}, $postmaster;
waitpid $pid{$old}, 0;
write_until(sub { (try_sql('show port') // 0) == $port{other($old)} });
write_rows(20);
start_patroni($old);
wait_until(sub { is_followed() }, 'the lost node is back, as the standby', 90);
reconcile('machine killed', $began);

# A planned switchover.
$began = time;
$old = primary();
start('switchover', $program{patronictl}, '-c', "$folder/$old.yml", 'switchover', 'failover', '--candidate', other($old), '--force');
write_until(sub { (try_sql('show port') // 0) == $port{other($old)} });
write_rows(20);
wait_until(sub { is_followed() }, 'the other follows', 90);
reconcile('switchover', $began);

# Patroni is frozen, and its server goes on as a second primary with work for both: in synchronous mode, without its standby
# it commits nothing, so it calls nothing.
my ($from, $to) = ($written + 1, $written + 200);
sql(q{select debrief.pause('audio')});
sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Row ' || n || '.' from generate_series($from, $to) n");
push @acknowledged, $from .. $to;
$written = $to;
$began = time;
$old = primary();
kill STOP => $pid{$old};
my ($old_one, $new_one) = map { "host=127.0.0.1 port=$port{$_} user=postgres dbname=postgres connect_timeout=3 target_session_attrs=read-write" } $old, other($old);
wait_until(sub { defined try_sql('select 1', $new_one) }, 'the standby is promoted', 60);
$anywhere = $new_one;
sql(q{set synchronous_commit = local; select debrief.resume('audio')}, $_) for $old_one, $new_one;
write_rows(20);
wait_until(sub { repeated() - $repeated_before > $in_flight }, 'two primaries make the same calls') if $synchronous eq 'false';
kill CONT => $pid{$old};
wait_until(sub { is_followed() }, 'the old one follows', 90);
reconcile('Patroni frozen', $began);

done_testing();
