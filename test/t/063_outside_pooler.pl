# The worker outside the server behind a pooler: its session must be its own.
use strict;
use warnings;
use Debrief;
use Outside;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'pgbouncer is not installed' if !$pgbouncer;

my $node = new_cluster('outside_pooler', conf => 'pg_debrief.enabled = off');
my $stub = new_stub();
$stub->serve($node);
outer_role($node);

# --check through a pool of this mode.
sub checked
{
    my ($mode, $size) = @_;
    my $folder = new_folder();
    my $port = PostgreSQL::Test::Cluster::get_free_port();
    open(my $ini, '>', "$folder/pgbouncer.ini") or die $!;
    print $ini <<"END";
[databases]
postgres = host=@{[$node->host]} port=@{[$node->port]} pool_size=$size user=outer1
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $folder
auth_type = any
pool_mode = $mode
END
    close $ini;
    my $pooler = IPC::Run::start([$pgbouncer, "$folder/pgbouncer.ini"], '<', \undef, '>&', "$folder/log");
    wait_until(sub { -S "$folder/.s.PGSQL.$port" }, 'the pooler listens');
    my ($code, $words) = run_outer($node, dsn => "host=$folder port=$port dbname=postgres user=outer1", more => ['--check']);
    $pooler->signal('INT');
    $pooler->finish;
    return "$code $words";
}
like(checked('transaction', $_), qr/^1 .*a pooler gives each transaction another session.*session mode/s, "transaction mode is refused, with $_ connections") for 1, 5;
like(checked('session', $_), qr/^0 /, "session mode is not, with $_") for 1, 5;

$node->stop;
$stub->stop;
done_testing();
