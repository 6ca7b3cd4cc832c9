# What rouses a worker: with a safety poll of an hour, what does not is not seen in this test's time.
use strict;
use warnings;
use Debrief;
use Test::More;

my $seconds = 20;
my $node = new_cluster('roused', conf => "pg_debrief.safety_poll = '1h'");
my $stub = new_stub();
sub sql { return $node->safe_psql('postgres', $_[0]) }
sub soon { my ($condition, $what) = @_; wait_until(sub { sql($condition) eq 't' }, $what, $seconds); pass($what) }

# A commit.
sql(qq{insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4');
       insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings});
sub say_it { my ($message) = @_; sql("insert into debrief.analysis_feedback (analysis_job_id, message) select id, '$message' from debrief.analysis_jobs") }
say_it($_), soon("select ssml_status = 'completed' from debrief.analysis_feedback where message = '$_'", "a row that is inserted is seen: $_") for 'First.', 'Second.';

# A server that is changed.
my $url = $stub->url;
sql(qq{create server voice foreign data wrapper debrief options (kind 'http', base_url '$url', key 'absent');
       update debrief.stages set server = 'voice' where stage = 'audio'});
soon(q{select bool_or(s.code is not null) from debrief.server_states s where s.server = 'voice'}, 'a server without its key is left alone');
sql('alter server voice options (drop key)');
soon(q{select bool_and(audio_status = 'completed') from debrief.analysis_feedback}, 'a changed server is used');

# DDL.
sql('create database other');
$node->safe_psql('other', 'create extension pg_debrief');
wait_until(sub { worker_pid($node, 'other') ne '' }, 'the other database has a worker', $seconds);
is($node->psql('postgres', 'drop database other'), 0, 'DROP DATABASE has the worker leave');
sql('set client_min_messages = warning; drop extension pg_debrief cascade');
wait_until(sub { worker_pid($node) eq '' }, 'DROP EXTENSION has the worker leave', $seconds);
pass('DROP EXTENSION has the worker leave');
$node->stop;
done_testing();
