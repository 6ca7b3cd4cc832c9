# Updates and ways back end where a fresh installation begins, and keep what is the user's. The earlier
# version is 0.9 of test/upgrade: no worker works on it, because it never was.
use strict;
use warnings;
use Catalog;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the scripts of 0.9 are not installed: run_tap does it as root' if !$ENV{OLD_SCRIPTS};
my $node = new_cluster('update', bare => 1, conf => "pg_debrief.max_workers = 12");
my $stub = new_stub();
my $folder = new_folder();
$node->safe_psql('postgres', "create database $_") for qw(fresh_old fresh_new old dumped restored);
$node->safe_psql('postgres', 'create role my_role');
$node->safe_psql('postgres', 'create role my_other');
$node->safe_psql('fresh_old', q{create extension pg_debrief version '0.9'});
$node->safe_psql('fresh_new', 'create extension pg_debrief');
my @fresh_old = catalog($node, 'fresh_old');
my @fresh_new = catalog($node, 'fresh_new');

sub wait_in
{
    my ($database, $sql) = @_;
    return wait_until(sub { $node->safe_psql($database, $sql) eq 't' }, "$database: $sql");
}
sub spoken { my ($database, $message) = @_; return wait_in($database, qq{select audio_status = 'completed' from debrief.analysis_feedback where message = '$message'}) }
sub say_in
{
    my ($database, $message) = @_;
    $node->safe_psql($database, qq{insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$message' from debrief.analysis_jobs});
    return spoken($database, $message);
}

sub serve
{
    my ($database) = @_;
    my $root = $stub->serve($node, database => $database);
    mkdir "$root/" . owner_id();
    open(my $file, '>', "$root/@{[owner_id()]}/talk.mp4") or die $!;
    print $file 'not really a video';
    close $file;
}

# Tables of 0.9 with rows in every state: what follows is asked of both, the updated and the dumped one.
sub fill
{
    my ($database) = @_;
    $node->safe_psql($database, q{create extension pg_debrief version '0.9'});
    serve($database);
    $node->safe_psql($database, qq{insert into debrief.video_recordings (user_id, storage_path, upload_status, source)
        select '@{[owner_id()]}', '@{[owner_id()]}/talk.mp4', s, s from unnest('{pending,uploading,completed,failed}'::text[]) s});
    $node->safe_psql($database, q{
        update debrief.analysis_jobs set status = 'completed';
        create temp table job as select id from debrief.analysis_jobs;
        insert into debrief.analysis_feedback (analysis_job_id, message) select id, ' ' from job;
        insert into debrief.analysis_feedback (analysis_job_id, message, ssml_status) select id, 'Failed.', 'failed' from job;
        insert into debrief.analysis_feedback (analysis_job_id, message, ssml_status, audio_status) select id, 'Spoken.', 'completed', 'completed' from job;
        insert into debrief.analysis_ssml_segments (feedback_id, ssml) select id, '<speak/>' from debrief.analysis_feedback where message = 'Spoken.';
        insert into debrief.attempts (stage, row_id, attempt, disposition, words) values ('ssml', 1, 1, 'fail', 'The provider said no.');
        begin;
        insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Later.' from job;
        update debrief.analysis_feedback set ssml_due_at = now() + interval '1 day' where message = 'Later.';
        commit;
        create table my_notes (feedback bigint references debrief.analysis_feedback on delete cascade, note text);
        insert into my_notes select min(id), 'kept' from debrief.analysis_feedback;
        create view my_view as select f.id, f.message, s.status from debrief.analysis_feedback f join debrief.feedback_status s using (id);
        alter table debrief.analysis_feedback add column my_column text default 'mine';
        create index my_index on debrief.analysis_feedback (my_column);
        comment on column debrief.analysis_feedback.user_id is 'my_ comment';
        create policy my_policy on debrief.analysis_feedback for select to my_role using (my_column = 'mine');
        grant usage on schema debrief to my_role;
        grant select on debrief.analysis_feedback, my_view to my_role;
        grant select on debrief.failures to my_role with grant option;
        grant select (message) on debrief.failures to my_other;
        grant execute on function debrief._is_operator() to my_role;
        create function my_function() returns trigger language plpgsql as $$begin new.my_column := 'seen'; return new; end$$;
        create trigger my_trigger before insert on debrief.analysis_feedback for each row execute function my_function();});
}

sub check_own
{
    my ($database, $what) = @_;
    is($node->safe_psql($database, q{
        select (select note from my_notes), (select count(*) > 3 from my_view), (select count(*) from pg_policies where policyname = 'my_policy'),
               (select count(*) from pg_class where relname = 'my_index'), (select count(*) from pg_trigger where tgname = 'my_trigger' and tgenabled = 'O'),
               (select count(*) from pg_description where description = 'my_ comment'), has_table_privilege('my_role', 'debrief.analysis_feedback', 'select'),
               (select count(*) from pg_constraint where conrelid = 'my_notes'::regclass and contype = 'f')}),
        'kept|t|1|1|1|1|t|1', "$what: what is the user's own is there still");
    return is($node->safe_psql($database, q{
        select has_table_privilege('my_role', 'debrief.failures', 'select with grant option'),
               has_column_privilege('my_other', 'debrief.failures', 'message', 'select'), has_table_privilege('my_other', 'debrief.failures', 'select'),
               has_function_privilege('my_role', 'debrief._is_operator()', 'execute')}),
        't|t|f|t', "$what: and what the user granted, on a view that changes too");
}
sub refused
{
    my ($sql, $pattern, $what) = @_;
    my ($status, undef, $error) = $node->psql('old', $sql);
    return like($error, $pattern, $what);
}
my $there_and_back = q{begin; alter extension pg_debrief update to '0.9'; alter extension pg_debrief update to '1.0'; commit};
# The column that the user has commented on is left to them.
sub but_for { my ($out, @lines) = @_; return [grep { $_ !~ $out } @lines] }
my $own_comment = qr/^comment on debrief\.analysis_feedback\.user_id\./;

fill('old');
my $data = table_data($node, 'old');
wait_in('old', q{select count(*) = 1 from debrief.worker_status where process = 'worker' and state = 'waiting' and last_error ~ 'SQL version 0.9 is too old'});
$node->safe_psql('old', 'alter extension pg_debrief update');
is(table_data($node, 'old'), $data, 'an update touches no row');
same_catalog('what was updated is what a fresh installation has', [catalog($node, 'old')], but_for($own_comment, @fresh_new));
check_own('old', 'updated');
is($node->safe_psql('old', q{select tables, sql from debrief.version()}), '1.0|1.0', 'the tables are of the new version');
is($node->safe_psql('old', 'select * from debrief.check_installation()'), '', 'nothing differs from a good installation');

$node->safe_psql('old', q{alter extension pg_debrief update to '0.9'});
is(table_data($node, 'old'), $data, 'the way back touches no row');
same_catalog('what went back is what a fresh 0.9 has', [catalog($node, 'old')], but_for($own_comment, @fresh_old));
check_own('old', 'gone back');
$node->safe_psql('old', q{alter extension pg_debrief update});
same_catalog('a second update ends at the same', [catalog($node, 'old')], but_for($own_comment, @fresh_new));

# What 0.9 has no place for, or what stands in the way.
$node->safe_psql('old', q{update debrief.attempts set tls_ms = 3; insert into debrief.server_limits (server) values ('stub');
    insert into debrief.video_recordings (user_id, source) values (gen_random_uuid(), 'pending')});
my $fuller = table_data($node, 'old');
refused(q{alter extension pg_debrief update to '0.9'},
    qr/the way back to 0\.9 would lose data: column tls_ms of debrief\.attempts, table debrief\.server_limits, sources of debrief\.video_recordings that two users have/,
    'a way back that would lose data refuses, and says what');
is(table_data($node, 'old'), $fuller, 'and has changed nothing');
same_catalog('nor any object', [catalog($node, 'old')], but_for($own_comment, @fresh_new));
$node->safe_psql('old', q{update debrief.attempts set tls_ms = null; delete from debrief.server_limits; delete from debrief.video_recordings where source = 'pending' and user_id <> '} . owner_id() . q{'});
$node->safe_psql('old', 'create view my_failures as select message from debrief.failures');
refused(q{alter extension pg_debrief update to '0.9'}, qr/cannot drop view debrief\.failures.*my_failures/s, "a user's view over one that changes holds it back, and is named");
$node->safe_psql('old', 'drop view my_failures');

# Beside calls, a busy worker, and somebody who does not let go.
$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('old', q{insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), 'In flight.' from debrief.analysis_jobs});
wait_until(sub { grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'a call is in flight');
my $calls = () = $stub->requests;
$node->safe_psql('old', $there_and_back);
$stub->script('/v1/speech');
$stub->release;
spoken('old', 'In flight.');
is($node->safe_psql('old', q{select audio_attempts from debrief.analysis_feedback where message = 'In flight.'}), '1', 'a row in flight goes on, by the same call');
is(scalar(() = $stub->requests), $calls, 'and nothing was called again');
say_in('old', 'After the update.');
$node->safe_psql('old', q{update debrief.stages set paused = true where stage = 'ssml';
    insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), 'Waits.' from debrief.analysis_jobs});
$data = table_data($node, 'old');
$node->safe_psql('old', $_) for q{alter extension pg_debrief update to '0.9'}, 'alter extension pg_debrief update';
is(table_data($node, 'old'), $data, 'there and back touches no row');
$node->safe_psql('old', q{select debrief.resume('ssml')});
spoken('old', 'Waits.');
pass('and the queue goes on');

$node->safe_psql('old', q{insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), 'Busy ' || n from debrief.analysis_jobs, generate_series(1, 600) n group by n});
$node->safe_psql('old', $there_and_back) for 1 .. 3;
wait_in('old', q{select count(*) = 600 from debrief.analysis_feedback where message like 'Busy %' and audio_status = 'completed'});
is($node->safe_psql('old', q{select max(ssml_attempts), max(audio_attempts) from debrief.analysis_feedback where message like 'Busy %'}), '1|1', 'updates beside a busy worker cost no row an attempt');
my $reader = $node->background_psql('old');
$reader->query_safe('begin; select count(*) from debrief.analysis_feedback');
refused(q{alter extension pg_debrief update to '0.9'}, qr/ERROR:  other transactions hold the tables of schema debrief\nHINT:  End transactions/, 'an update does not wait for ever for a table');
say_in('old', 'Beside the reader.');
$reader->quit;
$node->safe_psql('old', $there_and_back);
same_catalog('and ends well when it is free', [catalog($node, 'old')], but_for($own_comment, @fresh_new));

# A dump of 0.9, restored where 1.0 is installed: the tables come as they were.
fill('dumped');
$calls = () = $stub->requests;
$data = table_data($node, 'dumped');
$node->command_ok(['pg_dump', '-Fc', '-f', "$folder/dump", $node->connstr('dumped')], 'pg_dump of 0.9');
$node->command_ok(['pg_restore', '-j2', '--exit-on-error', '-d', $node->connstr('restored'), "$folder/dump"], 'is restored where 1.0 is installed');
is($node->safe_psql('restored', q{select sql, tables from debrief.version()}), '1.0|0.9', 'as tables of 0.9 under functions of 1.0');
wait_in('restored', q{select count(*) = 1 from debrief.worker_status where process = 'worker' and state = 'waiting' and last_error ~ 'tables are of version 0.9'});
pass('the worker waits, and says for what');
my $commands = $node->safe_psql('restored', q{select fix from debrief.check_installation() where object = 'tables'});
is($commands, q{ALTER EXTENSION pg_debrief UPDATE TO '0.9'; ALTER EXTENSION pg_debrief UPDATE;}, 'check_installation() says so too');
$node->safe_psql('restored', $commands);
same_catalog('they are what a fresh installation has', [catalog($node, 'restored')], but_for($own_comment, @fresh_new));
is(table_data($node, 'restored'), $data, 'with the rows that were dumped: none is queued again');
check_own('restored', 'restored');
wait_in('restored', q{select count(*) = 1 from debrief.worker_status where process = 'worker' and state = 'running'});
pass('the worker goes on by itself');
is($node->safe_psql('restored', 'select distinct state from debrief.stage_status'), 'copy', 'as the worker of a copy, which calls nobody');
is(scalar(() = $stub->requests), $calls, 'and has called nobody');
is($node->safe_psql('restored', 'select debrief.update_tables()'), 'the tables are of version 1.0', 'update_tables() may be called again');
$node->safe_psql('restored', 'select debrief.activate_copy()');
say_in('restored', 'From the copy.');

# Tables that were kept over DROP EXTENSION, of either version.
for my $version ('0.9', '1.0')
{
    $node->safe_psql('dumped', 'drop extension pg_debrief cascade');
    is(table_data($node, 'dumped'), $data, "DROP EXTENSION keeps the rows of $version");
    if ($version eq '0.9')
    {
        my ($status, undef, $error) = $node->psql('dumped', 'create extension pg_debrief');
        like($error, qr/there are tables of version 0\.9 of pg_debrief.*VERSION '0\.9'/s, 'functions of another version are refused beside them');
        $node->safe_psql('dumped', q{create extension pg_debrief version '0.9'; alter extension pg_debrief update});
    }
    else { $node->safe_psql('dumped', 'create extension pg_debrief') }
    same_catalog("kept tables of $version are adopted as a fresh installation has them", [catalog($node, 'dumped')], but_for($own_comment, @fresh_new));
    is(table_data($node, 'dumped'), $data, 'with their rows: none is queued again');
}
serve('dumped');  # servers go with the wrapper, which is the extension's
say_in('dumped', 'In kept tables.');
is($node->safe_psql('dumped', 'select * from debrief.check_installation()'), '', 'nothing differs from a good installation');

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|segmentation/i, 'no process crashed');
$node->stop;
done_testing();
