# What wakes a worker: with a safety poll of an hour, what does not is not seen in this test's time.
use strict;
use warnings;
use Debrief;
use Home;
use Test::More;

my $node = new_cluster('roused', conf => "pg_debrief.safety_poll = '1h'");
my $stub = new_stub();
my $url = $stub->url;
sub sql { return $node->safe_psql('postgres', $_[0]) }
sub say_it { return sql("insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Speak up.' from debrief.analysis_jobs returning id") }
# One statement that waits, so that the time is the server's and not that of a thousand sessions.
# What follows would only wait as long.
sub is_spoken { my ($id, $what) = @_; is(sql("select debrief.wait_for_feedback($id, '20 s')"), 'completed', $what) or die $what }

# A commit.
sql(qq{create server voice foreign data wrapper debrief options (kind 'http', base_url '$url');
       update debrief.stages set server = 'voice' where stage = 'audio';
       insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4');
       insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings});
is_spoken(say_it(), "a row that is inserted is seen at once: number $_") for 1 .. 3;
is_spoken(sql(q{with item as (insert into debrief.analysis_feedback (analysis_job_id, message, ssml_status)
                   select id, 'Speak this.', 'completed' from debrief.analysis_jobs returning id)
                insert into debrief.analysis_ssml_segments (feedback_id, ssml) select id, '<speak>Speak this.</speak>' from item
                returning feedback_id}), 'and so is one that comes with its SSML');

# DDL.
for my $database ('dropped', 'bared') {
    sql("create database $database");
    $node->safe_psql($database, 'create extension pg_debrief');
    move_in($node, database => $database);
    wait_until(sub { worker_pid($node, $database) ne '' }, "database $database has a worker");
}
is($node->psql('postgres', 'drop database dropped'), 0, 'DROP DATABASE has the worker leave');
my $leaver = running_worker($node, 'bared');
$node->safe_psql('bared', 'set client_min_messages = warning; drop extension pg_debrief cascade');
wait_until(sub { worker_pid($node, 'bared') ne $leaver }, 'DROP EXTENSION has the worker leave', 5);
pass('DROP EXTENSION has the worker leave');

# A server that is changed.
sql(q{alter server voice options (add key 'absent')});
wait_until(sub { sql(q{select exists (select from debrief.server_states where server = 'voice')}) eq 't' }, 'a changed server is looked at: its key is missing', 5);
my $id = say_it();
sql('alter server voice options (drop key)');
is_spoken($id, 'a changed server is used at once');
$node->stop;

# The first extension of a cluster, whose launcher is awake before the commit has announced the new role to it.
my $first = do {
    local $ENV{LD_PRELOAD} = build_shim('rouse.c');
    new_cluster('first', bare => 1);
};
wait_for_sql($first, q{select exists (select from pg_stat_activity where backend_type = 'pg_debrief launcher' and wait_event_type = 'Extension')}, 'the launcher has looked');
$first->safe_psql('postgres', 'create extension pg_debrief');
wait_until(sub { worker_pid($first) ne '' }, 'a worker starts', 20);
pass('the first CREATE EXTENSION of a cluster starts a worker at once');
$first->stop;
done_testing();
