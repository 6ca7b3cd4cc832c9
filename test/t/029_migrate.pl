# The history of the system that came before: taken whole, restartable, and nothing of it done again.
use strict;
use warnings;
use Debrief;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Utils;
use Test::More;

my $fixture = dirname(__FILE__) . '/../support/predecessor';
my $node = new_cluster('migrate');
my $stub = new_stub();
my $root = $stub->serve($node);
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $script = "$ENV{SHAREDIR}/extension/pg_debrief_predecessor.sql";
$node->command_ok(['psql', '-X', '-q', '-1', '-f', $script, $node->connstr('postgres')], 'the script runs in one transaction');
$node->command_ok(['psql', '-X', '-q', '-1', '-f', $script, $node->connstr('postgres')], 'and runs again');

# The old system's rows: 20,000 items that are finished, and what is not.
sql(PostgreSQL::Test::Utils::slurp_file("$fixture/$_.sql")) for qw(newest many);
my $owner = owner_id();
my $queued = sql("select old.item('$owner', 'queued')");
my $hung = sql("select old.item('$owner', 'processing')");
my $complete = sql("select old.item('$owner', 'analysis_complete', 'queued', 'queued')");
my $mute = sql("select old.item('$owner', 'completed', 'completed', 'processing', ssml_at => '1 s')");
my $failed = sql("select old.item('$owner', 'completed', 'completed', 'failed', ssml_at => '1 s')");
my $stored = sql("select old.item('$owner', 'completed', 'completed', 'processing', ssml_at => '1 s', sound_at => '2 s')");
for my $path (split /\n/, sql("select storage_path from old.video_recordings where user_id = '$owner'")) {
    make_path(dirname("$root/$path"));
    open(my $file, '>', "$root/$path") or die "$root/$path: $!";
    print $file 'not really a video';
    close $file;
}
my $old = sql(q{select md5(string_agg(t::text, ',' order by t::text)) from old.analysis_feedback t});

# What it needs beside our tables is made without a deadlock with who writes those in their own order, as workers do.
my ($writer, $maker) = map { $node->background_psql('postgres', on_error_stop => 1) } 1 .. 2;
$writer->query('begin');
$writer->query('update debrief.analysis_feedback set message = message where false');
$maker->query_until(qr/begins/, "\\echo begins\nselect debrief._predecessor_tables();\n");
wait_for_sql($node, q{select exists (select from pg_locks where mode = 'AccessExclusiveLock' and not granted)});
$writer->query('update debrief.analysis_jobs set status = status where false');
$writer->query('commit');
$maker->query('select 1');
$_->quit for $writer, $maker;
is(sql(q{select count(*) from pg_attribute where attrelid = 'debrief.analysis_feedback'::regclass and attname = 'user_rating_at'}), 1, 'the tables of an import are made while others write');

# It is killed on the way, and takes up where it was.
my $listener = $node->background_psql('postgres', on_error_stop => 1);
$listener->query('listen debrief_status');
sql('create function public.dies() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
     create trigger dies after insert on debrief.analysis_jobs for each row when (new.video_recording_id = 2345) execute function public.dies()');
my ($status, $out, $error) = $node->psql('postgres', q{call debrief.import_predecessor('old', batch_size => 200)});
like($error, qr/terminating connection/, 'the import is killed on its way');
my $taken = sql('select count(*) from debrief.video_recordings');
is($taken, 2200, 'whole batches were committed until then');
is(sql('select count(*) from debrief.analysis_jobs j right join debrief.video_recordings r on r.id = j.video_recording_id where j.id is null'), 0,
    'no recording is there without its analysis');
sql('drop function public.dies() cascade');
$node->psql('postgres', q{call debrief.import_predecessor('old')}, on_error_die => 1);
is(sql('select count(*) from debrief.video_recordings'), 5006, 'run again, it takes the rest');

# What was not finished is done now; the provider hears of nothing else.
wait_for_sql($node, q{select not exists (select from debrief.analysis_jobs where status in ('queued', 'processing'))
    and not exists (select from debrief.analysis_feedback where ssml_due_at is not null or audio_due_at is not null or claim_token is not null)});
is(scalar(() = $stub->requests('/v1/analyze')), 2, 'the two analyses that were waiting are made');
is(sql("select string_agg(status || attempts, ',' order by id) from debrief.analysis_jobs where id in ($queued, $hung)"), 'completed1,completed1', 'and completed');
is(sql("select string_agg(ssml_status || ssml_attempts || audio_status || audio_attempts, ',' order by id) from debrief.analysis_feedback where id in ($complete, $mute)"),
    'completed1completed1,completed0completed1', 'feedback that was waiting for a stage went through it');
my $speeches = () = $stub->requests('/v1/speech');
is($speeches, sql(q{select count(*) from debrief.analysis_audio_segments where store is not null}), 'each sound was paid for once');
is($speeches, 6, 'six of them: two analyses with two items, and two items of before');
is(sql("select ssml_status || audio_status || audio_error_code from debrief.analysis_feedback where id = $failed"), 'completedfailedpredecessor',
    'what failed stays failed');
is(sql("select audio_status from debrief.analysis_feedback where id = $stored"), 'completed', 'a sound that was stored before its status is not made again');
# Once autovacuum has been there the planner expects one row of this, where there are 20,000.
is(sql(q{set enable_nestloop = off; select count(*) from debrief.analysis_feedback f join debrief.analysis_audio_segments a on a.feedback_id = f.id join debrief.analysis_ssml_segments s on s.feedback_id = f.id
          join old.analysis_feedback o on o.id = f.id and (o.message, o.timestamp_seconds, o.created_at) = (f.message, f.timestamp_seconds, f.created_at)
         where f.message like 'Item %' and f.ssml_status = 'completed' and f.audio_status = 'completed' and f.ssml_attempts + f.audio_attempts = 0
           and a.duration_ms = 5200 and a.storage_path = 'u/' || f.id || '/0.wav' and f.user_id = (select user_id from debrief.analysis_jobs j where j.id = f.analysis_job_id)}),
    20000, 'the 20,000 finished items are there, each as it was, under its id');
my %heard;
my $lines = $listener->query('select 1');
while ($lines =~ /"stage":"(\w+)"[^}]*"feedback_ids":\[([\d,]*)\],"analysis_ids":\[([\d,]+)\]/g) {
    my ($stage, $ids) = ($1, $1 eq 'analysis' ? $3 : $2);
    $heard{$stage}{$_} = 1 for split /,/, $ids;
}
is(join(',', sort { $a <=> $b } keys %{$heard{analysis}}), "$queued,$hung", 'NOTIFY told of the analyses that ran, and of no others');
is(scalar(keys %{$heard{audio}}), 6, 'and of the sounds that were made');
$listener->quit;

# Again: nothing new, nothing doubled, the old tables untouched.
my $picture = q{select md5(string_agg(t::text, ',' order by t::text)) from (select f::text from debrief.analysis_feedback f union all select a::text from debrief.analysis_audio_segments a
    union all select s::text from debrief.analysis_ssml_segments s union all select j::text from debrief.analysis_jobs j union all select r::text from debrief.video_recordings r) t (t)};
my $before = sql($picture);
$node->psql('postgres', q{call debrief.import_predecessor('old', batch_size => 1000)}, on_error_die => 1);
is(sql($picture), $before, 'run a third time, it changes nothing');
is(sql(q{select md5(string_agg(t::text, ',' order by t::text)) from old.analysis_feedback t}), $old, 'the old tables were only read');
is(sql(q{select sum(rows) from debrief.import_report('old') where outcome = 'left'}), '', 'no row was left');

# With clients' views: new videos too, through dump and restore, and down to 1.0 and back.
sql(q{select debrief.create_predecessor_views('app')});
is(sql('select count(*) from app.analysis_feedback f join app.analyses a on a.id = f.analysis_id join old.analyses o on (o.id, o.job_id) = (a.id, a.job_id)'), sql('select count(*) from old.analysis_feedback'),
    'clients find all of it under the uuids they know');
sql("select set_config('debrief.user_id', '$owner', false); insert into app.video_recordings (user_id, filename, storage_path, upload_status)
     select user_id, 'new.mp4', storage_path, 'completed' from app.video_recordings where user_id = '$owner' limit 1");
wait_for_sql($node, q{select count(*) = 1 from app.analysis_jobs j join app.video_recordings v on v.id = j.video_recording_id where v.filename = 'new.mp4' and j.status = 'completed'});
pass('a video of an old client is analysed and spoken');
my $folder = new_folder();
my $calls = () = $stub->requests;
$node->command_ok(['pg_dump', '-Fc', '-f', "$folder/dump", $node->connstr('postgres')], 'pg_dump');
sql('create database restored');
$node->command_ok(['pg_restore', '-j2', '--exit-on-error', '-d', $node->connstr('restored'), "$folder/dump"], 'the dump restores without an error');
my $client_sees = q{select md5(string_agg(t::text, ',' order by t::text)) from (select a::text from app.analyses a union all select f::text from app.analysis_feedback f union all select j::text from app.analysis_jobs j) t (t)};
is($node->safe_psql('restored', $client_sees), sql($client_sees), 'views, uuids and history are there');
is($node->safe_psql('restored', q{select count(*) from debrief.analysis_feedback where ssml_due_at is not null or audio_due_at is not null}), 0, 'and nothing is queued');
is(scalar(() = $stub->requests), $calls, 'nor called');

my $sees = sql($client_sees);
sql(q{alter extension pg_debrief update to 'reinstall'; alter extension pg_debrief update});
is(sql($client_sees), $sees, 'after the functions were made again clients still read');
sql(q{insert into debrief.video_recordings (user_id, upload_status) values ('11111111-1111-4111-8111-111111111111', 'failed')});
$node->psql('postgres', q{call debrief.import_predecessor('old')}, on_error_die => 1);
is(sql($client_sees), $sees, 'all is as it was');

$node->stop;
done_testing();
