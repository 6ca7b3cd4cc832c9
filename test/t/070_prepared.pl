# What a prepared transaction wrote is worked on at its COMMIT PREPARED, the extension itself among it: with a
# safety poll of an hour, what wakes nobody is not seen in this test's time.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('prepared', conf => "pg_debrief.safety_poll = '1h'\nmax_prepared_transactions = 4\nlog_min_messages = debug1");
my $stub = new_stub();
my $url = $stub->url;
sub sql { return $node->safe_psql('young', $_[0]) }
sub later { my ($what) = @_; sql("begin; $what; prepare transaction 'later'"); sql(q{commit prepared 'later'}) }
sub has_looked { return scalar(() = slurp_file($node->logfile) =~ /unregistering background worker "pg_debrief worker: young"/g) }
# One statement that waits, so that the time is the server's. What is not woken would wait for an hour.
sub is_spoken { my ($id, $what) = @_; is(sql("select debrief.wait_for_feedback($id, '20 s')"), 'completed', $what) or die $what }

# A database that a worker has looked at, and left.
sql_in_postgres('create database young');
wait_until(sub { has_looked() == 1 }, 'a worker has looked at the new database');
later('create table bystander ()');
is(has_looked(), 1, 'a prepared transaction in a database without the extension has no worker look at it again');
later('create extension pg_debrief');
wait_until(sub { worker_pid($node, 'young') ne '' }, 'a worker starts', 20);
pass('a worker starts after a CREATE EXTENSION that came by COMMIT PREPARED');

# Its servers and stages.
later(qq{create server voice foreign data wrapper debrief options (kind 'http', base_url '$url')});
later(qq{update debrief.stages set server = 'voice' where stage = 'audio';
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings});
my $stages = sql(q{select state from debrief.stage_status where stage = 'audio'});
is($stages, 'ready', 'a stage that was prepared is ready');

# Its rows.
for my $n (1 .. 3) {
    later(q{insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Speak up.' from debrief.analysis_jobs});
    is_spoken(sql('select max(id) from debrief.analysis_feedback'), "a prepared row is spoken at once: number $n");
}

# And its end.
later('set local client_min_messages = warning; drop extension pg_debrief cascade');
wait_until(sub { worker_pid($node, 'young') eq '' }, 'the worker leaves', 20);
pass('the worker leaves after a DROP EXTENSION that came by COMMIT PREPARED');

$node->stop;
done_testing();

sub sql_in_postgres { return $node->safe_psql('postgres', $_[0]) }
