# However a copy was first started, it is one: without the library, without workers, killed at once. A promoted
# standby is none, also where the marker of its origin is missing or came along.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $origin = new_cluster('origin', init => {allows_streaming => 1, has_archiving => 1});
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
$still->start;
is(is_copy($still), 't', 'a copy that was killed before a worker looked at it is one');
# A worker that looks at it meanwhile, here without a worker.
my ($operator, $worker) = map { $still->background_psql('postgres', on_error_stop => 1) } 1 .. 2;
is($operator->query('begin; select debrief.activate_copy()'), 'this copy of a database now runs its own pipeline', 'it is activated');
$worker->query_until(qr/looks/, "\\echo looks\nset role debrief_worker;\nselect debrief._note_copy();\n");
wait_for_sql($still, 'select exists (select from pg_locks where not granted)', 'a worker waits for the activation');
$operator->query('commit');
$_->quit for $operator, $worker;
is(is_copy($still), 'f', 'and is none from then on');
$still->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
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

# Killed within its recovery to a point in time, with the library or without: the next start goes on with it.
for my $library ('pg_debrief', '')
{
    my $killed = copy_of($origin, 'killed_with_' . ($library || 'nothing'), has_restoring => 1, standby => 0);
    $killed->append_conf('postgresql.conf', "recovery_target = 'immediate'\nrecovery_target_action = 'pause'\narchive_mode = off\nshared_preload_libraries = '$library'");
    $killed->start;
    is($killed->safe_psql('postgres', 'select pg_is_in_recovery()'), 't', 'a recovery that goes on');
    $killed->stop('immediate');
    $killed->append_conf('postgresql.conf', "recovery_target_action = 'promote'\nshared_preload_libraries = 'pg_debrief'");
    $killed->start;
    wait_for_sql($killed, 'select not pg_is_in_recovery()', 'the recovery ends');
    is(is_copy($killed), 't', 'a server that was killed within it is a copy');
    $killed->stop('immediate');
    $killed->start;
    is(is_copy($killed), 't', 'and stays one');
    $killed->stop;
}

# Recovered without the library it looks like a promoted standby: docs/backup.md says how to declare it a copy.
my $unseen = copy_of($origin, 'recovered_without_library', has_restoring => 1, standby => 0);
$unseen->append_conf('postgresql.conf', "recovery_target = 'immediate'\nrecovery_target_action = 'promote'\narchive_mode = off\nshared_preload_libraries = ''");
$unseen->start;
wait_for_sql($unseen, 'select not pg_is_in_recovery()', 'the recovery ends');
$unseen->stop;
$unseen->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_debrief'\npg_debrief.enabled = off");
$unseen->start;
is(is_copy($unseen), 'f', 'a recovery without the library is not recognized');
$unseen->safe_psql('postgres', q{update debrief.installation set system_identifier = 'copy'});
$unseen->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
$unseen->restart;
is(is_copy($unseen), 't', 'declared a copy before workers run, it is one');
is($unseen->safe_psql('postgres', q{select string_agg(distinct state, ' ') from debrief.stage_status}), 'copy', 'and its stages say so');
$unseen->stop;

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
