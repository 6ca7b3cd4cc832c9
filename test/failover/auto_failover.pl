# Failover by pg_auto_failover: a machine killed, a planned switchover, and a machine that is frozen and wakes when the other is the
# primary. After each, what was acknowledged is there and spoken, and the provider's log says what was called twice.
use strict;
use warnings;
use Debrief;
use Failover;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my %program = set_up(['pg_autoctl'], 'monitor');
plan skip_all => 'the extension pgautofailover is not installed' unless -e "$ENV{SHAREDIR}/extension/pgautofailover.control";

my ($bin) = split /:/, $ENV{PATH};
my $monitor = "host=127.0.0.1 port=$port{monitor} user=autoctl_node dbname=pg_auto_failover";
$ENV{PG_REGRESS_SOCK_DIR} = $ENV{PGHOST};
$ENV{"XDG_$_"} = $folder for qw(CONFIG_HOME DATA_HOME RUNTIME_DIR);

sub pg_autoctl
{
    my ($name, @command) = @_;
    my ($out, $errors);
    return IPC::Run::run([$program{pg_autoctl}, @command, '--pgdata', "$folder/$name"], '>', \$out, '2>', \$errors) || die "failed: @command\n$errors";
}
sub start_node { my ($name) = @_; return start($name, $program{pg_autoctl}, 'run', '--pgdata', "$folder/$name") }

# A node as docs/scale-out.md has it: its lines are in postgresql.conf before the server runs.
my ($settings) = slurp_file('docs/scale-out.md') =~ /^\*\*pg_auto_failover\*\*.*?^```ini\n(.*?)^```/ms or die 'docs/scale-out.md has no settings';
$settings =~ s{/etc/pg_debrief/keys}{$folder/keys} or die 'no key file';
sub create
{
    my ($name, $what, $settings, @options) = @_;
    pg_autoctl($name, 'create', $what, '--pgport', $port{$name}, '--pgctl', "$bin/pg_ctl", '--hostname', '127.0.0.1', '--auth', 'trust', '--no-ssl', @options);
    return append_to_file("$folder/$name/postgresql.conf", "$settings\nshared_buffers = 32MB\n");
}
sub create_node
{
    my ($name) = @_;
    create($name, 'postgres', "${settings}pg_debrief.allowed_hosts = '127.0.0.1'", '--name', $name, '--username', 'postgres', '--listen', '127.0.0.1',
        '--monitor', "postgres://autoctl_node\@127.0.0.1:$port{monitor}/pg_auto_failover", '--replication-quorum', $is_synchronous ? 'true' : 'false');
    # A primary that is cut off must stop itself before the monitor promotes the other.
    pg_autoctl($name, 'config', 'set', 'timeout.network_partition_timeout', 12);
    return start_node($name);
}

manage(start => \&start_node, switchover => sub { start('switchover', $program{pg_autoctl}, 'perform', 'switchover', '--pgdata', "$folder/monitor") },
    is_followed => sub {
        return streams() && (try_sql(q{select string_agg(reportedstate::text, ' ' order by reportedstate::text) from pgautofailover.node where goalstate = reportedstate}, $monitor) // '') eq 'primary secondary';
    });

append_to_file("$folder/keys", '');
chmod 0600, "$folder/keys";
# Half of the defaults and less, for a test that ends soon.
create('monitor', 'monitor', join "\n", map { "pgautofailover.$_" } 'health_check_period = 1000', 'health_check_timeout = 2000', 'health_check_retry_delay = 1000',
    'node_considered_unhealthy_timeout = 10000', 'startup_grace_period = 5000', 'primary_demote_timeout = 5000');
start_node('monitor');
wait_until(sub { defined try_sql('select 1', $monitor) }, 'the monitor answers');
create_node('a');
wait_until(sub { defined try_sql('select 1') }, 'the first node is the primary');
create_node('b');
wait_until_followed('the second is its standby');
is(sql('show synchronous_standby_names') ne '', $is_synchronous, 'commits wait for the standby, or do not');

begin_pipeline();
machine_killed();
switchover();

# Woken, the old one takes up its work until pg_autoctl hears that it is no longer the primary: it pays again for what it can commit.
my $old = primary();
my @processes = stopped_machine($old);
my $began = time;
ask_only(other($old));
wait_until(sub { defined try_sql('select 1') }, 'the standby is promoted', 90);
write_rows(20);
kill CONT => @processes;
wait_until_followed('the old one follows');
reconcile('machine frozen', $began, may_be_split => !$is_synchronous);

done_testing();
