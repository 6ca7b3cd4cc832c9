# However a copy was first started, it is one: without the library, without workers, killed at once. A promoted
# standby is none, also where the marker of its origin is missing or came along.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $origin = new_cluster('origin', init => {allows_streaming => 1});
sub is_copy { my ($node) = @_; return $node->safe_psql('postgres', 'select debrief._is_copy()') }
sub marker { my ($node) = @_; return $node->data_dir . '/pg_debrief.copy' }
sub copy_of
{
    my ($node, $name, %options) = @_;
    $node->backup($name);
    my $copy = PostgreSQL::Test::Cluster->new($name);
    $copy->init_from_backup($node, $name, %options);
    return $copy;
}
is(is_copy($origin), 'f', 'the origin is no copy');

# No process of ours runs in the first start, and the second is that of any server.
my $still = copy_of($origin, 'still');
$still->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
$still->start;
$still->stop('immediate');
$still->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
$still->start;
is(is_copy($still), 't', 'a copy that was killed before a worker looked at it is one');
is($still->safe_psql('postgres', 'select debrief.activate_copy(); select debrief._is_copy()'), "this copy of a database now runs its own pipeline\nf", 'until it is activated');
$still->restart;
is(is_copy($still), 'f', 'which holds after a restart');

my $bare = copy_of($origin, 'without_library');
my $conf = $bare->data_dir . '/postgresql.conf';
$bare->append_conf('postgresql.conf', q{shared_preload_libraries = ''});
$bare->start;
$bare->stop;
$bare->append_conf('postgresql.conf', q{shared_preload_libraries = 'pg_debrief'});
$bare->start;
ok(!-e marker($bare), 'a first start without the library leaves no marker');
is(is_copy($bare), 't', 'and a copy all the same');
is($bare->safe_psql('postgres', 'select debrief.activate_copy(); select debrief._is_copy()'), "this copy of a database now runs its own pipeline\nf", 'until it is activated');

# Standbys of the origin, and of a copy that was activated: promoted, killed, started again.
for my $case (['standby', $origin], ['standby_of_a_copy', $still])
{
    my ($name, $node) = @$case;
    my $standby = copy_of($node, $name, has_streaming => 1);
    $standby->start;
    $node->wait_for_catchup($standby);
    ok(!-e marker($standby), "$name: no marker");
    $standby->promote;
    is(is_copy($standby), 'f', "$name: promoted, it is no copy");
    $standby->stop('immediate');
    $standby->start;
    is(is_copy($standby), 'f', "$name: nor after a crash");
    $standby->stop;
}

done_testing();
