# debrief.check_installation() of processes, keys and settings: each fault is a row, whose fix ends it.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $keys = new_folder() . '/keys';
my $node = new_cluster('checked', init => {allows_streaming => 1}, conf => "pg_debrief.key_file = '$keys'\npg_debrief.max_workers = 1");
my $stub = new_stub();
$stub->serve($node);

sub found { my ($database) = @_; return $node->safe_psql($database // 'postgres', 'select object, problem from debrief.check_installation()') }
sub fixes { my ($database) = @_; return $node->safe_psql($database // 'postgres', 'select fix from debrief.check_installation()') }
sub wait_for { my ($rows, $what) = @_; wait_until(sub { found() eq $rows }, "$what: $rows"); return pass($what) }
# ALTER SYSTEM wants to be alone: psql sends one statement after the other.
sub fix { my ($what) = @_; $node->safe_psql('postgres', fixes()); return wait_for('', "the fix ends it: $what") }
sub set_to { my ($setting) = @_; $node->safe_psql('postgres', "alter system set $setting; select pg_reload_conf()") }

# A key file that cannot be read is reported as such, whether a server names a key or not.
sub written { my ($mode, $content) = @_; unlink $keys; append_to_file($keys, $content); chmod $mode, $keys; return $node->reload }
my $unusable = 'worker 0|running: the key file cannot be used: ' . $keys;
wait_for("$unusable: No such file or directory", 'a key file that is not there');
like(fixes(), qr/owned by the server's user, with mode 0400/, 'is told what a key file is');
written(0644, "coach 127.0.0.1 SEKRET-canary-0123456789\n");
wait_for("$unusable is open to group or others: chmod 0400", 'a key file that others may read');
$node->safe_psql('postgres', q{alter server stub options (add key 'coach')});
wait_until(sub { $node->safe_psql('postgres', q{select reason from debrief.stage_status where stage = 'audio'}) =~ /the key file cannot be used: .* chmod 0400/ },
    'stage_status gives that reason too');
like($node->safe_psql('postgres', q{select message from debrief.test_server('stub')}), qr/the key file cannot be used: .* chmod 0400/, 'and test_server()');
$node->safe_psql('postgres', q{alter server stub options (drop key)});
written(0400, "coach 127.0.0.1\n");
wait_for("$unusable, line 1: write name, host and secret", 'a broken line');
written(0400, '');
wait_for('', 'in a running pipeline nothing differs');

set_to('pg_debrief.enabled = off');
wait_for('workers|are switched off', 'workers that are switched off');
fix('the setting');
set_to("pg_debrief.databases = 'other, another'");
wait_for('workers|work in the databases of pg_debrief.databases only: not in this one', 'a database that is not listed');
fix('the list');
is($node->safe_psql('postgres', 'show pg_debrief.databases'), 'other, another, postgres', 'the list keeps what it had');

# A database too many for max_workers.
$node->safe_psql('postgres', 'create database second; alter system reset pg_debrief.databases; select pg_reload_conf()');
$node->safe_psql('second', 'create extension pg_debrief');
wait_until(sub { found('second') =~ /^launcher\|running: database "second": no place for a worker: raise pg_debrief\.max_workers$/m }, 'the launcher says why');
like(found('second'), qr/^workers\|none is running in this database$/m, 'a database without a worker');
# A reload makes the launcher try again; it has done so when it reports the next one.
$node->safe_psql('postgres', 'select pg_reload_conf(); create database third');
$node->safe_psql('third', 'create extension pg_debrief');
wait_until(sub { found('third') =~ /database "second": no place for a worker: [^;]*; database "third": no place for a worker/ }, 'the launcher names both');
is(join(' ', map { scalar(() = slurp_file($node->logfile) =~ /WARNING:  pg_debrief: no place for a worker in database "$_"/g) } 'second', 'third'), '1 1', 'the log says it once for each');
$node->safe_psql('postgres', 'drop database third');
$node->safe_psql('postgres', 'drop database second; select pg_terminate_backend(pid) from pg_stat_activity where backend_type = \'pg_debrief launcher\'');
wait_for('', 'nothing of it is left after the database');

# A template is copied, and not worked in, until it is none any more; then only a place is missing.
$node->safe_psql('postgres', 'create database template with is_template true');
$node->safe_psql('template', 'create extension pg_debrief');
like(found('template'), qr/^workers\|do not work in a template$/m, 'a template');
$node->safe_psql('template', (fixes('template') =~ /^(ALTER DATABASE .*)$/m)[0]);
wait_until(sub { found('template') =~ /database "template": no place for a worker/ }, 'the fix ends it: a template');
$node->safe_psql('postgres', 'drop database template; select pg_terminate_backend(pid) from pg_stat_activity where backend_type = \'pg_debrief launcher\'');
wait_for('', 'nothing of it is left');

# A worker that cannot log in, in the server's words; blanks around the list of databases are in no name.
set_to("pg_debrief.databases = E'\\tpostgres '");
$node->safe_psql('postgres', q{alter role debrief_worker nologin; select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'pg_debrief worker'});
my $refused = q{role "debrief_worker" is not permitted to log in};
wait_until(sub { found() =~ /^worker 0\|(failed|starting): \Q$refused\E$/m }, 'a worker that cannot log in');
wait_for_sql($node, qq{select bool_and(state = 'no worker' and reason like '%$refused') from debrief.stage_status}, 'no stage is ready meanwhile');
pass('no stage is ready meanwhile');
$node->safe_psql('postgres', 'alter role debrief_worker login');
wait_for('', 'nothing of it is left when it may');
is($node->safe_psql('postgres', q{select count(*) from debrief.stage_status where state <> 'ready'}), 0, 'and the stages are ready');

# A server that names a key which nobody has.
$node->safe_psql('postgres', q{alter server stub options (add key 'coach')});
my $no_key = qr/^stage analysis\|parked: no_key: [^\n]*\nstage audio\|parked: no_key: [^\n]*$/;
wait_until(sub { found() =~ $no_key }, 'a key that is missing');
pass('a key that is missing');
is(fixes(), join("\n", ('Add the key to the file that pg_debrief.key_file names; then SELECT pg_reload_conf();') x 2), 'is told where keys go');
my ($place) = $stub->url =~ m{//(.*)};
written(0400, "coach $place SEKRET-canary-0123456789\n");
wait_for('', 'nothing of it is left when it is there');

# A worker that waits for a version that fits.
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '1.2'; update debrief.stages set paused = paused});
wait_until(sub { found() =~ /^tables\|are of version 1\.2, the functions are of 1\.0\nworker 0\|waiting: the tables are of version 1\.2, the functions of 1\.0: / }, 'a worker that waits');
is(fixes(), "ALTER EXTENSION pg_debrief UPDATE TO '1.2';\nALTER EXTENSION pg_debrief UPDATE TO '1.2';", 'is told what it waits for');
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '1.0'; update debrief.stages set paused = paused});
wait_for('', 'nothing of it is left when it has come');

# A standby has no workers, and needs none.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('check_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', 'select * from debrief.check_installation()'), '', 'nothing differs on a standby');
$standby->stop;

# Without the library nothing works on the rows.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
like(found(), qr/^library\|is not loaded by the server: rows are not processed$/, 'a library that is not preloaded');
is(fixes(), 'Add pg_debrief to shared_preload_libraries, and restart the server.', 'is told where it goes');

$node->stop;
done_testing();
