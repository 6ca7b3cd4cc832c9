# Who may make a backup, whose a restore may be, and what parts of one are good for; and pg_dumpall.
use strict;
use warnings;
use Copies;
use Debrief;
use FullPipeline;
use PostgreSQL::Test::Utils;
use Test::More;

my ($origin, $stub) = new_full_pipeline('origin');
my $everything = everything_of($origin, 'postgres');
my $calls = () = $stub->requests;
my $folder = new_folder();

sub as { my ($node, $role, $database) = @_; return $node->connstr . " dbname=$database user=$role" }
sub dump_as { my ($role, @options) = @_; return ['pg_dump', '-Fc', @options, '-f', "$folder/$role", as($origin, $role, 'postgres')] }

# A role for backups needs two things, and its dump then lacks nothing.
$origin->safe_psql('postgres', 'create role backup login');
$origin->command_fails_like(dump_as('backup'), qr/permission denied for schema debrief/, 'a role without grants cannot dump');
$origin->safe_psql('postgres', 'grant debrief_reader to backup');
$origin->command_fails_like(dump_as('backup'), qr/(permission denied|data) for sequence|row-level security/, 'membership in debrief_reader is not enough: it reads no sequences, and not without policies');
$origin->safe_psql('postgres', 'revoke debrief_reader from backup; grant pg_read_all_data to backup');
$origin->command_fails_like(dump_as('backup'), qr/query would be affected by row-level security policy for table/, 'nor is pg_read_all_data, because of row level security');
$origin->safe_psql('postgres', 'grant debrief_reader to backup');
$origin->command_fails_like(dump_as('backup'), qr/query would be affected by row-level security policy for table/, 'nor both: pg_dump asks for all rows, not for those a policy allows');
$origin->command_ok(dump_as('backup', '--enable-row-security'), 'with --enable-row-security a member of both may dump what its policies show');
$origin->safe_psql('postgres', 'revoke debrief_reader from backup; alter role backup bypassrls');
$origin->command_ok(dump_as('backup'), 'pg_read_all_data and BYPASSRLS are enough');
$origin->command_ok(['pg_dumpall', '--no-role-passwords', '--globals-only', '-d', as($origin, 'backup', 'postgres'), '-f', "$folder/roles.sql"],
    'and enough for pg_dumpall, but for passwords');
$origin->command_fails_like(['psql', '-X', '-d', as($origin, 'backup', 'postgres'), '-c', 'update debrief.stages set paused = true'], qr/permission denied for table stages/, 'such a role changes nothing');

# pg_dumpall into a new cluster.
my $all = PostgreSQL::Test::Cluster->new('all');
$all->init;
$all->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_debrief'\npg_debrief.allowed_hosts = '127.0.0.1'\npg_debrief.safety_poll = '1s'\ntrack_functions = all\nmax_worker_processes = 32\npg_debrief.max_workers = 16");
$all->start;
$origin->command_ok(['pg_dumpall', '-d', $origin->connstr('postgres'), '-f', "$folder/all.sql"], 'pg_dumpall');
my ($printed, $errors) = run_command(['psql', '-X', '-q', '-d', $all->connstr('postgres'), '-f', "$folder/all.sql"]);
is(join("\n", grep { /ERROR/ && !/role "[^"]+" already exists/ } split /\n/, $errors), '', 'its restore complains of nothing but the role that runs it');
same_everything($all, 'postgres', $everything, 'pg_dumpall');
my $roles = q{select string_agg(format('%s %s %s %s %s', rolname, rolcanlogin, rolconnlimit, rolbypassrls, rolsuper), ',' order by rolname) from pg_roles where rolname ~ '^debrief_|^app$|^backup$'};
is($all->safe_psql('postgres', $roles), $origin->safe_psql('postgres', $roles), 'roles are what they were');
my $members = q{select string_agg(roleid::regrole || ' to ' || member::regrole, ',' order by roleid::regrole::text, member::regrole::text) from pg_auth_members where member::regrole::text in ('app', 'backup')};
is($all->safe_psql('postgres', $members), $origin->safe_psql('postgres', $members), 'and members of what they were');
keeps_still($all, 'postgres', $stub, 'pg_dumpall');
is(state_of($all, 'postgres'), 'copy', 'it is a copy');

# What the backup role dumped, restored by a superuser, and by the application's owner.
sub restore { my ($database, $role, $file, @options) = @_; return ['pg_restore', '--exit-on-error', @options, '-d', as($all, $role, $database), "$folder/$file"] }
my $superuser = $all->safe_psql('postgres', 'select current_user');
$all->safe_psql('postgres', 'create role owner login; create database whole; create database owned owner owner');
$all->command_ok(restore('whole', $superuser, 'backup'), 'the dump of the backup role is restored');
same_everything($all, 'whole', $everything, 'backup role');
$all->command_fails_like(restore('owned', 'owner', 'backup', '--no-owner'), qr/permission denied to create extension "pg_debrief"/, 'who is no superuser cannot make the extension');
$all->safe_psql('postgres', 'drop database owned with (force)');
$all->safe_psql('postgres', 'create database owned owner owner');
$all->safe_psql('owned', q{
    set row_security = off; create extension pg_debrief;
    grant usage, create on schema debrief to owner; grant usage on foreign data wrapper debrief to owner;
    grant execute on all functions in schema debrief to owner; grant create on schema public to owner;
    grant pg_read_server_files, pg_write_server_files to owner});
# The schema and the extension are there; grants and comments on them are not the owner's to make.
my ($list) = run_command(['pg_restore', '-l', "$folder/backup"]);
open(my $wanted, '>', "$folder/list") or die $!;
print $wanted join "\n", grep { !/ SCHEMA - (debrief|public)| EXTENSION | COMMENT - EXTENSION| ACL - SCHEMA | USER MAPPING | ACL debrief FUNCTION / } split /\n/, $list;
close $wanted;
$all->command_ok(restore('owned', 'owner', 'backup', '--no-owner', '-L', "$folder/list"), 'into a prepared database its owner restores it');
$all->safe_psql('owned', 'revoke pg_read_server_files, pg_write_server_files from owner');
is($all->safe_psql('owned', q{select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'debrief'}), 'owner', 'and owns the tables');
is(rows_of($all, 'owned'), rows_of($origin, 'postgres'), 'with all their rows');
keeps_still($all, 'owned', $stub, 'owned');
is(state_of($all, 'owned'), 'copy', 'and it is a copy');
is(scalar(() = $stub->requests), $calls, 'nothing was called so far');
$all->safe_psql('owned', 'select debrief.activate_copy()');
wait_until(sub { finished($all, 'owned') }, 'the owned copy finishes');
is($all->safe_psql('owned', q{select count(*) from debrief.analysis_feedback where 'failed' in (ssml_status, audio_status)}), 2, 'tables of another owner work as well');

# Parts: one schema, and tables of which rows were lost.
$origin->command_ok(['pg_dump', '-Fc', '-n', 'debrief', '-e', 'pg_debrief', '-f', "$folder/schema", $origin->connstr('postgres')], 'pg_dump -n debrief -e pg_debrief');
$all->safe_psql('postgres', 'create database one_schema');
$all->safe_psql('one_schema', q{create function public.my_trigger() returns trigger language plpgsql as 'begin return new; end'});
$all->command_ok(restore('one_schema', $superuser, 'schema'), 'the schema alone is restored where the functions of its other triggers are');
same_everything($all, 'one_schema', $everything, 'one schema', 'servers', 'grants on servers', 'user mappings', 'views', 'comments');
is($all->safe_psql('one_schema', 'select count(*) from pg_foreign_server'), 0, 'but servers are in no schema');
$origin->command_ok(['pg_dump', '-Fc', '--data-only', map({ ('-t', "debrief.$_") } qw(analysis_feedback analysis_ssml_segments analysis_audio_segments audio_objects)), '-f', "$folder/tables", $origin->connstr('postgres')],
    'pg_dump -t of the feedback and what hangs on it');
$all->safe_psql('whole', q{delete from debrief.analysis_feedback});
is($all->safe_psql('whole', q{select count(*) from debrief.analysis_audio_segments}), 0, 'feedback is lost, and with it what hangs on it');
my $fence = $all->safe_psql('whole', q{select nextval('debrief.claim_token_seq')});
$all->command_ok(restore('whole', $superuser, 'tables', '--disable-triggers'), 'and brought back');
is(rows_of($all, 'whole'), rows_of($origin, 'postgres'), 'row by row, queued where it was queued');
cmp_ok($all->safe_psql('whole', 'select last_value from debrief.claim_token_seq'), '>=', $fence, 'the fence has not gone back');

$all->stop;
done_testing();
