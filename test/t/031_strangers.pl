# What needs real sessions, and a real worker: sessions that would become another role, a notification that
# everybody hears, and a trigger that the tables' owner has planted in the worker's way.
use strict;
use warnings;
use Debrief;
use Home;
use Test::More;

my $node = new_cluster('strangers');
my $owner = owner_id();
$node->safe_psql('postgres', q{
  create role mallory login in role debrief_app; create role boss login in role debrief_admin; create role authenticator login noinherit;
  create role app_user; grant app_user to authenticator; select debrief.grant_access('app_user', 'application')});

my $worker = wait_until(sub { worker_session($node) }, 'a worker');

sub refused
{
    my ($role, $statement) = @_;
    my ($status, undef, $stderr) = $node->psql('postgres', $statement, extra_params => ['-U', $role]);
    return like($stderr, qr/permission denied|must be (superuser|a member|a superuser)|access to library .* is not allowed/, "$role is refused: $statement");
}
for my $role (qw(mallory boss)) {
    refused($role, $_) for 'set session authorization debrief_worker', 'set role debrief_worker', 'set session authorization postgres',
        "alter system set pg_debrief.allowed_hosts = '169.254.169.254'", 'copy debrief.audio_objects from stdin', 'alter role debrief_worker connection limit -1',
        "alter role debrief_worker password 'x'", "load '/tmp/mine.so'", "select pg_terminate_backend($worker)";
}
refused('mallory', 'reset role; set role debrief_admin');
refused('authenticator', 'select * from debrief.analysis_feedback');

# The claims of a request end with it: the next one on this connection is nobody's.
is($node->safe_psql('postgres', qq{begin; set local role app_user; set local request.jwt.claims = '{"sub": "$owner"}'; select debrief.current_user_id(); commit;
    begin; set local role app_user; select coalesce(debrief.current_user_id()::text, 'nobody'); commit}, extra_params => ['-U', 'authenticator']), "$owner\nnobody", 'claims end with their transaction');

# Anybody may LISTEN; what he hears is ids.
my $ear = $node->background_psql('postgres', on_error_stop => 0, extra_params => ['-U', 'mallory']);
$ear->query('listen debrief_status');
$node->safe_psql('postgres', qq{
  insert into debrief.video_recordings (user_id, metadata) values ('$owner', '{"secret": "words of Ann"}');
  insert into debrief.analysis_jobs (video_recording_id, status, title) values (1, 'completed', 'words of Ann');
  insert into debrief.analysis_feedback (analysis_job_id, message) values (1, 'words of Ann')});
wait_for_sql($node, q{select ssml_status = 'completed' from debrief.analysis_feedback});
my $heard = '';
wait_until(sub { $heard .= $ear->query('select 1'); $heard =~ /"status":"completed"/ }, 'a notification');
$ear->quit;
my @payloads = $heard =~ /payload "(.*)" received/g;
cmp_ok(scalar(@payloads), '>', 0, 'a stranger hears notifications');
is(join("\n", grep { !/^\{"version":1,"stage":"(analysis|ssml|audio)","status":"\w+","feedback_ids":\[[\d,]*\],"analysis_ids":\[[\d,]+\]\}$/ } @payloads), '', 'of stage, status and ids, and nothing else');

# The worker is no superuser: a trigger that runs as it can do what its grants say, and no more.
$node->safe_psql('postgres', <<'END');
create table secrets (secret text); insert into secrets values ('Ann''s');
create table loot (statement text, outcome text); grant insert, select on loot to public;
create function planted() returns trigger language plpgsql as $planted$
declare
  statement text;
begin
  foreach statement in array array[
      'set role postgres', 'set role debrief_admin', 'set session authorization postgres', 'select * from pg_authid', 'select pg_read_file(''PG_VERSION'')', 'copy (select 1) to program ''true''',
      'create role mole superuser', 'alter role debrief_worker superuser', 'grant debrief_admin to debrief_worker', 'select lo_import(''/etc/passwd'')', 'show pg_debrief.key_file',
      'create table debrief.mole (id int)', 'alter table debrief.stages add mole int', 'create server mole foreign data wrapper debrief options (kind ''http'', base_url ''https://evil.example'')',
      'alter server template options (add ssml_bytes_max ''200'')', 'update debrief.stages set server = ''mole''', 'insert into debrief.video_recordings (user_id) values (gen_random_uuid())',
      'delete from debrief.video_recordings', 'update debrief.analysis_feedback set user_id = gen_random_uuid()', 'update debrief.analysis_feedback set message = ''mole''', 'truncate debrief.analysis_feedback',
      'insert into debrief.voices (name) values (''mole'')', 'select debrief.grant_access(''mallory'', ''operator'')', 'select debrief._install_access()', 'select * from public.secrets',
      'alter system set pg_debrief.allowed_hosts = ''x''', 'set pg_debrief.allowed_hosts = ''x'''] loop
    begin
      execute statement;
      insert into public.loot values (statement, 'done');
    exception when others then
      insert into public.loot values (statement, sqlstate);
    end;
  end loop;
  return new;
end $planted$;
create trigger planted before update on debrief.analysis_feedback for each row when (new.ssml_status = 'processing') execute function planted();
insert into debrief.analysis_feedback (analysis_job_id, message) values (1, 'Again.');
END
wait_for_sql($node, q{select bool_and(ssml_status = 'completed') from debrief.analysis_feedback});
is($node->safe_psql('postgres', 'select count(*) from loot'), '27', 'a planted trigger runs with the worker\'s claim, and the claim goes on');
is($node->safe_psql('postgres', q{select string_agg(statement || ': ' || outcome, E'\n') from loot where outcome <> '42501' and not (outcome in ('55P02', '25001') and statement ~ '^(alter system|set) ')}), '',
    'and can do nothing that the worker may not');

done_testing();
