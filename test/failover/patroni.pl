# Failover by Patroni with etcd: a machine killed, a planned switchover, and a Patroni that is frozen on its primary. After each,
# what was acknowledged is there and spoken, and the provider's log says what was called twice. FAILOVER_SYNCHRONOUS=off is without
# Patroni's synchronous mode: then acknowledged rows may be lost, and the frozen one is a second primary, which pays again.
use strict;
use warnings;
use Debrief;
use Failover;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my %program = set_up([qw(etcd patroni patronictl)], qw(etcd peers rest_a rest_b));
my $synchronous = $is_synchronous ? 'true' : 'false';
my ($bin) = split /:/, $ENV{PATH};
# By etcd's version 3, Patroni before 3.0.3 takes the lock back when it wakes, whoever holds it; by version 2 it compares first.
my ($version) = `$program{patroni} --version` =~ /(\d[\d.]+)/;
my $api = version->parse("v$version") < v3.0.3 ? 'etcd' : 'etcd3';

sub start_patroni
{
    my ($name) = @_;
    open(my $file, '>', "$folder/$name.yml") or die $!;
    print $file <<"END";
scope: failover
name: $name
restapi: {listen: "127.0.0.1:$port{"rest_$name"}", connect_address: "127.0.0.1:$port{"rest_$name"}"}
$api: {host: "127.0.0.1:$port{etcd}"}
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

# As Patroni has noted it: before that it makes no other node the primary.
sub is_followed
{
    my $role = $synchronous eq 'true' ? 'synchronous' : 'asynchronous';
    my $http = HTTP::Tiny->new(timeout => 3);
    return streams() && grep { $http->get("http://127.0.0.1:$_/$role")->{success} } @port{qw(rest_a rest_b)};
}

manage(start => \&start_patroni, is_followed => \&is_followed, switchover => sub {
    my ($old, $new) = @_;
    start('switchover', $program{patronictl}, '-c', "$folder/$old.yml", 'switchover', 'failover', '--candidate', $new, '--force');
});

start('etcd', $program{etcd}, $api eq 'etcd' ? '--enable-v2' : (), '--data-dir', "$folder/etcd", '--listen-client-urls', "http://127.0.0.1:$port{etcd}", '--advertise-client-urls', "http://127.0.0.1:$port{etcd}",
    '--listen-peer-urls', "http://127.0.0.1:$port{peers}", '--initial-advertise-peer-urls', "http://127.0.0.1:$port{peers}", '--initial-cluster', "default=http://127.0.0.1:$port{peers}");
start_patroni('a');
wait_until(sub { defined try_sql('select 1') }, 'the first node is the primary', 90);
start_patroni('b');
wait_until_followed('the second is its standby');
begin_pipeline();
machine_killed();
switchover();

# Patroni is frozen, and its server goes on as a second primary with work for both: in synchronous mode, without its standby
# it commits nothing, so it calls nothing.
sql(q{select debrief.pause('audio')});
add_rows(200);
my $began = time;
my $old = primary();
kill STOP => $pid{$old};
wait_until(sub { defined try_sql('select 1', only_at(other($old))) }, 'the standby is promoted', 60);
ask_only(other($old));
sql(q{set synchronous_commit = local; select debrief.resume('audio')}, only_at($_)) for $old, other($old);
write_rows(20);
wait_until(sub { repeated() > $in_flight }, 'two primaries make the same calls') if !$is_synchronous;
kill CONT => $pid{$old};
wait_until_followed('the old one follows');
reconcile('Patroni frozen', $began, is_split => !$is_synchronous);

done_testing();
