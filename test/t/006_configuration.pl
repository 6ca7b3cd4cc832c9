# What is missing or wrong is told, and charged to no row.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('configuration', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();

# A line, and the beginning of its HINT: of the server's log, or of a worker's own.
sub log_has
{
    my ($message, $hint) = @_;
    my $pattern = is_outside() ? $message =~ s/"/\\\\"/gr . ($hint ? ".* hint=\"$hint" : '') : $message . ($hint ? "(?s:.*)HINT:  $hint" : '');
    return wait_until(sub { worker_log($node) =~ /$pattern/ }, "the log says $pattern");
}
sub state_of { return $node->safe_psql('postgres', "select state from debrief.stage_status where stage = '$_[0]'") }

# A stage without a server.
my $owner = owner_id();
$node->safe_psql('postgres', "insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('$owner', '$owner/v.mp4', 'completed')");
ok(log_has('no server serves stage "analysis": its rows wait', 'Name one in the row of debrief\.stages'), 'a stage without a server is told in the log, with a HINT');
is(state_of('analysis'), 'no server', 'and in stage_status');
is($node->safe_psql('postgres', 'select status, attempts from debrief.analysis_jobs'), 'queued|0', 'its rows wait, uncharged');

# A server that cannot serve its stage: debrief.stages was checked when it was of another kind.
$node->safe_psql('postgres', q{create server other foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
  update debrief.stages set server = 'other' where stage = 'analysis'; drop server other;
  create server other foreign data wrapper debrief options (kind 'template')});
ok(log_has('server "other" of kind "template" cannot serve stage "analysis": its rows wait'), 'a server that cannot serve its stage is never asked');
is(state_of('analysis'), 'wrong kind', 'and stage_status says so');
$node->safe_psql('postgres', q{update debrief.stages set server = null where stage = 'analysis'; drop server other});

# A server that is down.
$node->safe_psql('postgres', q{select debrief.pause('analysis')});  # until its server is the wrong one
my $root = $stub->serve($node);
my $port = $stub->{port};
$stub->script('/v1/analyze', {action => 'hold'});
$node->safe_psql('postgres', q{alter server stub options (set base_url 'http://127.0.0.1:1')});
mkdir "$root/$owner";
append_to_file("$root/$owner/v.mp4", 'video');
$node->safe_psql('postgres', "insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('$owner', '$owner/v.mp4', 'completed')");
$node->safe_psql('postgres', q{select debrief.resume('analysis')});
wait_for_sql($node, q{select state in ('parked', 'probing') from debrief.stage_status where stage = 'analysis'});
ok(log_has('server "stub" paused for \d+ ms: unreachable', 'Start the service or correct'), 'a server that is down is told in the log, with a HINT');
is($node->safe_psql('postgres', 'select max(attempts) from debrief.analysis_jobs where status = \'queued\''), '0', 'its rows are not charged')
  or diag($node->safe_psql('postgres', 'select id, status, attempts, error_code from debrief.analysis_jobs'));
$stub->script('/v1/analyze');
$node->safe_psql('postgres', "alter server stub options (set base_url 'http://127.0.0.1:$port')");
wait_for_sql($node, q{select bool_or(status = 'completed') from debrief.analysis_jobs});
pass('a corrected server is used without a restart');
wait_for_sql($node, q{select state = 'ready' from debrief.stage_status where stage = 'analysis'});
my $job = $node->safe_psql('postgres', q{select min(id) from debrief.analysis_jobs where status = 'completed'});

# Unauthorized: the server's state, not the row's.
wait_for_sql($node, q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback});
$stub->script('/v1/speech', {status => 401, body => '{"error": {"code": "unauthorized", "message": "who are you?"}}'});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Keyless.')");
wait_for_sql($node, q{select state in ('parked', 'probing') from debrief.stage_status where stage = 'audio'});
wait_for_sql($node, q{select audio_attempts = 0 and audio_status = 'queued' from debrief.analysis_feedback where message = 'Keyless.'});
pass('a refused key charges no row');
$stub->script('/v1/speech');
is($node->safe_psql('postgres', q{select debrief.resume_server('stub')}), 'resumed', 'resume_server lets it be tried at once');
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Keyless.'});

# Keys come from the key file, with the right host only, and appear nowhere.
my $key_file = new_folder() . '/keys';
append_to_file($key_file, "coach 127.0.0.1:$port SEKRET-canary-0123456789\n");
chmod 0600, $key_file;
configure($node, "pg_debrief.key_file = '$key_file'");
$node->safe_psql('postgres', q{alter server stub options (add key 'coach')});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'With a key.')");
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'With a key.'});
is(($stub->requests('/v1/speech'))[-1]{headers}{authorization}, 'Bearer SEKRET-canary-0123456789', 'the key is sent');
$node->safe_psql('postgres', q{alter server stub options (set key 'nobody')});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'No key.')");
ok(log_has('server "stub" has no key'), 'a missing key is told');
is($node->safe_psql('postgres', q{select audio_attempts from debrief.analysis_feedback where message = 'No key.'}), '0', 'and charges no row');
$node->safe_psql('postgres', q{alter server stub options (drop key)});
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'No key.'});

# What a server failed for says nothing of another one that takes its name.
$node->safe_psql('postgres', qq{
    create server other foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:$port', key 'nobody');
    update debrief.stages set server = 'other' where stage = 'audio'});
wait_for_sql($node, q{select state = 'parked' from debrief.stage_status where stage = 'audio'});
$node->safe_psql('postgres', $_)
  for q{update debrief.stages set server = null where stage = 'audio'}, 'drop server other',
  "create server other foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:$port')",
  q{update debrief.stages set server = 'other' where stage = 'audio'},
  "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Another server.')";
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Another server.'});
pass('a server that is made anew under its name is tried at once');
$node->safe_psql('postgres', q{update debrief.stages set server = 'stub' where stage = 'audio'});
# Nor where it was written into an option, whatever is wrong with that or with another.
isnt($node->psql('postgres', "set log_statement = none; $_"), 0, s/SEKRET.*/.../r)
  for q{create user mapping for postgres server stub options (key 'SEKRET')}, q{alter server stub options (add token 'SEKRET')},
  map { "create server wrong foreign data wrapper debrief options ($_)" }
  q{kind 'openai', key 'sk-SEKRET'}, q{kind 'open_ai', key 'SEKRET'}, q{kind 'openai', base_url 'https://h?key=SEKRET'}, q{key 'SEKRET'};
unlike(slurp_file($node->logfile) . worker_log($node), qr/SEKRET/, 'the key is in no log');
unlike($node->safe_psql('postgres', q{select string_agg(s::text, '') from pg_settings s}), qr/SEKRET/, 'and in no setting');

# Paused, resumed.
is($node->safe_psql('postgres', q{select debrief.pause('audio')}), 'paused', 'pause');
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Paused.')");
wait_for_sql($node, q{select ssml_status = 'completed' from debrief.analysis_feedback where message = 'Paused.'});
is($node->safe_psql('postgres', q{select audio_status, audio_attempts from debrief.analysis_feedback where message = 'Paused.'}), 'queued|0', 'a paused stage claims nothing');
is($node->safe_psql('postgres', q{select debrief.resume('audio')}), 'resumed', 'resume');
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Paused.'});
pass('and works at once after it');

# A directory store for sounds: written, deleted with its row.
my $sounds = new_folder();
# At once: between two commits the worker would claim by what it read before.
$node->safe_psql('postgres', qq{
    begin;
    create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds', public_url 'https://cdn.example.com/a');
    update debrief.stages set store = 'sounds' where stage = 'audio';
    insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'On disk.');
    commit});
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'On disk.'});
my ($path, $url) = split /\|/, $node->safe_psql('postgres', q{
    select storage_path, audio_url from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id where message = 'On disk.'});
ok(-s "$sounds/$path", 'the sound is in the directory');
is($url, "https://cdn.example.com/a/$path", 'its URL is the public one');
$node->safe_psql('postgres', q{delete from debrief.analysis_feedback where message = 'On disk.'});
wait_until(sub { !-e "$sounds/$path" }, 'the file goes with its row');
pass('a deleted row takes its file along');

# What follows is of workers in the server.
if (is_outside()) {
    $node->stop;
    done_testing();
    exit;
}

# Switched off and on; more workers; all without a restart.
$node->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
$node->reload;
wait_until(sub { worker_pid($node) eq '' }, 'no worker');
$node->append_conf('postgresql.conf', "pg_debrief.enabled = on\npg_debrief.workers_per_database = 2");
$node->reload;
wait_until(sub { $node->safe_psql('postgres', q{select count(*) from pg_stat_activity where backend_type = 'pg_debrief worker'}) eq '2' }, 'two workers');
$node->safe_psql('postgres', "update debrief.stages set store = 'database' where stage = 'audio';
    insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Many ' || n from generate_series(1, 300) n");
wait_for_sql($node, q{select count(*) = 300 from debrief.analysis_feedback where message like 'Many %' and audio_status = 'completed'});
is($node->safe_psql('postgres', q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments a
    join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like 'Many %'}), '300|300', 'two workers share the work, and do none of it twice');
is((scalar grep { $_->{body} =~ /Many \d/ } $stub->requests('/v1/speech')), 300, 'each row is paid for once');

# A database that takes CONNECT from PUBLIC has its worker all the same.
$node->safe_psql('postgres', 'create database careful');
$node->safe_psql('postgres', 'revoke connect on database careful from public');
$node->safe_psql('careful', 'create extension pg_debrief');
wait_until(sub { worker_pid($node, 'careful') =~ /^\d/ }, 'a worker comes');
wait_until(sub { $node->safe_psql('careful', q{select bool_or(state = 'running') from debrief.worker_status where process = 'worker'}) eq 't' }, 'it runs');
pass('a database without CONNECT for PUBLIC has its worker');

# No client can be debrief_worker.
my ($status, undef, $stderr) = $node->psql('postgres', 'select 1', connstr => $node->connstr('postgres') . ' user=debrief_worker');
like($stderr, qr/too many connections for role/, 'no client can log in as debrief_worker');
$node->stop;

# Without preload.
my $bare = PostgreSQL::Test::Cluster->new('bare');
$bare->init;
$bare->start;
($status, undef, $stderr) = $bare->psql('postgres', 'create extension pg_debrief');
like($stderr, qr/pg_debrief is not loaded.*HINT:  Add pg_debrief to shared_preload_libraries/s, 'CREATE EXTENSION without preload warns, with a HINT');
($status, undef, $stderr) = $bare->psql('postgres', "insert into debrief.video_recordings (user_id, storage_path, upload_status)
    values ('$owner', '$owner/v.mp4', 'completed')");
is($status, 0, 'rows are kept all the same');
($status, undef, $stderr) = $bare->psql('postgres', 'select debrief.start_analysis(1)');
like($stderr, qr/ERROR:  pg_debrief is not loaded.*HINT:  Add pg_debrief/s, 'a call is an error, with a HINT');
SKIP: {
    skip 'a library tells its version from PostgreSQL 18 on', 1 if $bare->safe_psql('postgres', 'show server_version_num') < 180000;
    is($bare->safe_psql('postgres', q{load 'pg_debrief'; select version from pg_get_loaded_modules() where module_name = 'pg_debrief'}),
        $bare->safe_psql('postgres', 'select library from debrief.version()'),
        'pg_get_loaded_modules() tells the version of the library');
}
$bare->stop;
done_testing();
