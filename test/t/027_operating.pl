# What docs/operate.md tells operators to do does what it says.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('operating', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);
my $sounds = new_folder();
chmod 0755, $sounds;
$node->safe_psql('postgres', qq{create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds');
    update debrief.stages set store = 'sounds' where stage = 'audio'});
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub add { my ($words, $count) = @_; sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ />$words \d/ } $stub->requests('/v1/speech') }
sub done { my ($words, $count) = @_; wait_for_sql($node, "select count(*) = $count from debrief.analysis_feedback where message like '$words %' and audio_status = 'completed'", "$words: all are spoken") }
sub files { return scalar split /\n/, `find $sounds -type f` }

# Draining before maintenance.
$stub->script('/v1/speech', {action => 'hold'});
add('Before', 4);
wait_until(sub { calls('Before') == 4 }, 'four calls are in flight');
sql('select debrief.pause(stage) from debrief.stages');
add('Meanwhile', 4);
is(sql('select sum(processing) from debrief.pipeline_status'), 4, 'a pause leaves calls in flight alone');
$stub->script('/v1/speech');
$stub->release;
wait_for_sql($node, 'select sum(processing) = 0 from debrief.pipeline_status', 'the pipeline has drained');
done('Before', 4);
$node->stop('fast');
$node->start;
is(calls('Before'), 4, 'what was in flight is stored: draining throws no call away');
is(sql(q{select count(*) from debrief.analysis_feedback where message like 'Meanwhile %' and ssml_status = 'queued' and ssml_attempts = 0}), 4, 'what came meanwhile waits, also over the restart');
sql('select debrief.resume(stage) from debrief.stages');
done('Meanwhile', 4);

# Stopping the workers by a setting.
$stub->script('/v1/speech', {action => 'hold'});
add('Off', 3);
wait_until(sub { calls('Off') == 3 }, 'three calls are in flight');
$node->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
$node->reload;
wait_until(sub { 0 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'the calls are aborted');
wait_for_sql($node, q{select count(*) = 3 from debrief.analysis_feedback where message like 'Off %' and audio_status = 'queued' and audio_attempts = 0}, 'their claims are given back');
is(worker_pid($node), '', 'enabled = off ends the workers and gives their claims back uncharged');
$stub->script('/v1/speech');
$node->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
$node->reload;
done('Off', 3);

# After a failure of the provider: by code, and only those.
my $error = sub { my ($status, $code) = @_; return {status => $status, body => qq({"error": {"code": "$code", "message": "no"}})} };
$stub->script('/v1/speech', $error->(400, 'bad_request'));
add('Refused', 2);
wait_for_sql($node, q{select count(*) = 2 from debrief.failures where message like 'Refused %'});
$stub->script('/v1/speech', $error->(422, 'blocked'));
add('Blocked', 2);
wait_for_sql($node, q{select count(*) = 2 from debrief.failures where message like 'Blocked %'});
$stub->script('/v1/speech');
is(sql('select string_agg(error_code || count, \',\' order by error_code) from (select error_code, count(*) from debrief.failures group by 1) x'), 'bad_request2,blocked2', 'failures tells the codes');
is(sql(q{select retried from debrief.retry_failed('audio', error_code => 'bad_request', since => now() - interval '2 hours')}), 2, 'retry_failed takes up those of one code');
done('Refused', 2);
is(sql(q{select count(*) from debrief.failures}), 2, 'and leaves the others');

# Another server serves the stage from now on.
my $other = new_stub();
my $url = $other->url;
sql("create server other foreign data wrapper debrief options (kind 'http', base_url '$url'); update debrief.stages set server = 'other' where stage = 'audio'");
add('Moved', 2);
done('Moved', 2);
is(calls('Moved'), 0, 'a stage that names another server calls that one');

# Removing it: objects with their rows, or kept with the tables; then the roles.
my $gone = sql("insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/gone.mp4') returning id");
sql("insert into debrief.analysis_jobs (video_recording_id, status) values ($gone, 'completed')");
sql("insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Gone 1' from debrief.analysis_jobs where video_recording_id = $gone");
done('Gone', 1);
my $before = files();
sql("delete from debrief.video_recordings where id = $gone");
wait_for_sql($node, 'select count(*) = 0 from debrief.object_deletions where due_at <= now()', 'objects are deleted with their rows');
wait_until(sub { files() == $before - 1 }, 'the file is gone');
my $rows = sql('select count(*) from debrief.analysis_audio_segments');
sql('drop extension pg_debrief cascade');
is(sql('select count(*) from debrief.analysis_audio_segments'), $rows, 'DROP EXTENSION CASCADE keeps the rows');
is(files(), $before - 1, 'and the sounds');
sql("drop owned by debrief_worker, debrief_admin, debrief_reader, debrief_app");
sql('drop role debrief_worker, debrief_admin, debrief_reader, debrief_app');
is(sql('select count(*) from debrief.analysis_audio_segments'), $rows, 'the roles can go too');
sql('create extension pg_debrief');
is(sql('select count(*) from debrief.analysis_audio_segments'), $rows, 'and CREATE EXTENSION takes the tables up again');
wait_until(sub { worker_pid($node) }, 'there is a worker again');
sql("create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds')");
my $again = new_stub();
$again->serve($node);
add('Again', 1);
done('Again', 1);
pass('and its rows are spoken');

$node->stop;
done_testing();
