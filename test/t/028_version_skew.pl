# While library, functions and tables are of versions that do not fit, workers wait and say so; then
# they go on by themselves.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('skew', bare => 1, conf => 'pg_debrief.workers_per_database = 2');
$node->safe_psql('postgres', 'create extension pg_debrief');
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'}, 'feedback is spoken');
pass('library, functions and tables of one version work');

sub insert { my ($message) = @_; $node->safe_psql('postgres', qq{insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$message' from debrief.analysis_jobs}) }
sub spoken { my ($message) = @_; return wait_for_sql($node, qq{select audio_status = 'completed' from debrief.analysis_feedback where message = '$message'}, $message) }
sub states { return $node->safe_psql('postgres', q{select distinct state, last_error from debrief.worker_status where process = 'worker'}) }
# No update exists from 9.9, so none can tell the workers: stages are told of.
sub set_version { my ($version) = @_; $node->safe_psql('postgres', qq{update pg_extension set extversion = '$version' where extname = 'pg_debrief'; update debrief.stages set paused = paused}) }
# Both have looked again since now, and wait still.
sub look_again
{
    my $now = $node->safe_psql('postgres', 'select clock_timestamp()');
    $node->safe_psql('postgres', 'update debrief.stages set paused = paused');
    wait_for_sql($node, qq{select count(*) = (select count(*) from debrief.worker_status where process = 'worker') and count(*) > 0
        from pg_stat_activity where backend_type = 'pg_debrief worker' and state = 'idle' and state_change > '$now'}, 'they look again');
}
sub wait_for_state
{
    my ($pattern, $what) = @_;
    wait_until(sub { states() =~ $pattern }, $what);
    return pass($what);
}
my $log_from = 0;
sub new_log
{
    my $all = slurp_file($node->logfile);
    my $new = substr $all, $log_from;
    $log_from = length $all;
    return $new;
}

# Functions of a newer version, with a call in flight.
$stub->script('/v1/speech', {action => 'hold'});
insert('In flight.');
wait_until(sub { grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'a call is in flight');
new_log();
set_version('9.9');
wait_for_state(qr/^waiting\|SQL version 9\.9 is newer than this library, 1\.\S+: restart the server to load the newer library, or ALTER EXTENSION pg_debrief UPDATE TO '1\.0';$/,
    'a library that is older than the functions waits, and tells what to do');
is($node->safe_psql('postgres', q{select audio_status, audio_attempts, claim_token from debrief.analysis_feedback where message = 'In flight.'}), 'queued|0|',
    'what was in flight is given back, uncharged');
insert('Waits.');
look_again() for 1 .. 3;
is($node->safe_psql('postgres', q{select ssml_status, ssml_attempts from debrief.analysis_feedback where message = 'Waits.'}), 'queued|0', 'nothing is claimed');
my $log = new_log();
is(scalar(() = $log =~ /nothing is claimed: /g), 1, 'one line of the log says so, however often they look');
like($log, qr/LOG:  pg_debrief: nothing is claimed: SQL version 9\.9 is newer.*\n.*HINT:  restart the server/, 'with what to do');
unlike($log, qr/ERROR|FATAL|PANIC/, 'and there is no error');

# It is so from the start, too.
$node->restart;
new_log();
wait_for_state(qr/^waiting\|SQL version 9\.9/, 'a server that starts so waits');
look_again();
is(scalar(() = slurp_file($node->logfile) =~ /nothing is claimed: /g), 2, 'with one more line');

# The update that makes them fit is enough: nobody has to wake them.
$stub->script('/v1/speech');
$node->safe_psql('postgres', q{update pg_extension set extversion = 'reinstall' where extname = 'pg_debrief'; alter extension pg_debrief update});
spoken($_) for 'In flight.', 'Waits.';
pass('after ALTER EXTENSION the work goes on by itself');
is($node->safe_psql('postgres', q{select sql, tables, library ~ '^1\.0\.' from debrief.version()}), '1.0|1.0|t', 'debrief.version() tells the three versions');

# Tables of an older version, as a restore may bring them.
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '0.9'; update debrief.stages set paused = paused});
wait_for_state(qr/^waiting\|the tables are of version 0\.9, the functions of 1\.0: ALTER EXTENSION pg_debrief UPDATE TO '0\.9'; ALTER EXTENSION pg_debrief UPDATE;$/, 'over older tables they wait');
insert('Older tables.');
look_again();
is($node->safe_psql('postgres', q{select ssml_status, ssml_attempts from debrief.analysis_feedback where message = 'Older tables.'}), 'queued|0', 'and claim nothing');
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '1.0'; select debrief.update_tables()});
spoken('Older tables.');
pass('after update_tables() the work goes on by itself');

# And of a newer one.
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '1.2'; update debrief.stages set paused = paused});
wait_for_state(qr/^waiting\|the tables are of version 1\.2, the functions of 1\.0: ALTER EXTENSION pg_debrief UPDATE TO '1\.2';$/, 'over newer tables they wait');
my ($status, undef, $error) = $node->psql('postgres', 'select debrief.update_tables()');
like($error, qr/the tables are of version 1\.2, and these functions of 1\.0.*UPDATE TO '1\.2'/s, 'which update_tables() does not take back');
$node->safe_psql('postgres', q{update debrief.installation set tables_version = '1.0'; update debrief.stages set paused = paused});

# A command that needs the database is not kept waiting by one that waits.
set_version('9.9');
wait_for_state(qr/^waiting\|SQL version 9\.9/, 'they wait again');
$node->safe_psql('template1', 'alter database postgres rename to renamed');
pass('ALTER DATABASE does not wait for them');
$node->safe_psql('template1', 'alter database renamed rename to postgres');
set_version('1.0');
insert('At last.');
spoken('At last.');

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|segmentation/i, 'no process crashed');
$node->stop;
done_testing();
