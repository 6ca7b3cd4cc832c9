# debrief.explain() of what other processes do: another session's lock, a database that is not listed, switched off, no worker.
use strict;
use warnings;
use Debrief;
use Test::More;

my $node = new_cluster('explained', conf => 'max_prepared_transactions = 2');
my $stub = new_stub();
$stub->serve($node);
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $owner = owner_id();
my $job = sql(qq{
    insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/v.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings returning id});
sub why { return sql("select cause, reason, fix from debrief.explain($_[0])") }
sub wait_why { my ($item, $pattern, $what) = @_; wait_until(sub { why($item) =~ $pattern }, $what); return pass($what) }

# Another session holds the row: seen without waiting for it.
sql(q{select debrief.pause('ssml')});
my $item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Locked.') returning id");
my $holder = $node->background_psql('postgres', on_error_stop => 1);
my $pid = $holder->query('select pg_backend_pid()');
$holder->query("begin; savepoint a; select 1 from debrief.analysis_feedback where id = $item for update");
sql(q{select debrief.resume('ssml')});
wait_why($item, qr/^locked\|session $pid writes or locks its row\|SELECT pg_terminate_backend\($pid\);$/m, 'a row that another session locks');
$holder->query('rollback');
$holder->quit;
wait_for_sql($node, qq{select audio_status = 'completed' from debrief.analysis_feedback where id = $item});

# So does a prepared transaction, which has no session any more.
sql(q{select debrief.pause('ssml')});
$item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Prepared.') returning id");
sql("begin; select 1; savepoint a; update debrief.analysis_feedback set category = 'Light' where id = $item; prepare transaction 'the other'");
sql(q{select debrief.resume('ssml')});
wait_why($item, qr/^locked\|prepared transaction 'the other' writes or locks its row\|COMMIT PREPARED 'the other'; or ROLLBACK PREPARED 'the other';$/m, 'a prepared transaction');
sql(q{commit prepared 'the other'});
wait_for_sql($node, qq{select audio_status = 'completed' from debrief.analysis_feedback where id = $item});

# In flight, and then switched off, not listed.
$stub->script('/v1/speech', {action => 'hold'});
$item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Held.') returning id");
wait_why($item, qr/^processing\|A worker processes it: attempt 1\.\|$/, 'a call in flight');
sql('alter system set pg_debrief.enabled = off');
sql('select pg_reload_conf()');
wait_why($item, qr/^switched off\|workers are switched off\|ALTER SYSTEM SET pg_debrief\.enabled = on; SELECT pg_reload_conf\(\);$/m, 'workers that are switched off');
sql(q{alter system set pg_debrief.databases = 'another'});
sql('alter system reset pg_debrief.enabled');
sql('select pg_reload_conf()');
wait_why($item, qr/^database not listed\|workers work in the databases of pg_debrief\.databases only/m, 'a database that is not listed');
$stub->release;
$stub->script('/v1/speech');
sql('alter system reset pg_debrief.databases');
sql('select pg_reload_conf()');
wait_for_sql($node, qq{select audio_status = 'completed' from debrief.analysis_feedback where id = $item}, 'with all of it gone, the item is done');
is(why($item), 'completed|It is completed.|', 'an item that is done');

$node->stop;
done_testing();
