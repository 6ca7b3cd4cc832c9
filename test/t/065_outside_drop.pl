# A worker outside the server is in no command's way, whatever its second session has come to, which the server would
# wake it by; and it ends when its database is gone without a word.
use strict;
use warnings;
use Debrief;
use Outside;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('outside_drop', conf => 'pg_debrief.enabled = off');
my $stub = new_stub();
outer_role($node);

# A worker in a database of its own; `hold` is where its second session stays.
sub begin
{
    my ($database, %options) = @_;
    $node->safe_psql('postgres', "create database $database");
    $node->safe_psql($database, q{create extension pg_debrief; select debrief.grant_access('outer1', 'worker')});
    local %ENV = %ENV;
    my $folder = new_folder();
    @ENV{qw(LD_PRELOAD HOLD FOLDER)} = (build_shim('second_session.c'), $options{hold}, $folder) if $options{hold};
    my $outer = new_outer($node, dsn => outer_dsn($node, database => $database) . ' connect_timeout=2', %options);
    wait_until(sub { -e "$folder/there" }, 'its second session is held') if $options{hold};
    return ($outer, $folder);
}

# The command has its lock, and waits for sessions, when `then` is called.
sub drop
{
    my ($database, $then) = @_;
    my $dropper = start_program(['psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "drop database $database"]);
    wait_for_sql($node, qq{select exists (select from pg_locks l join pg_database d on d.oid = l.objid where l.classid = 'pg_database'::regclass
        and d.datname = '$database' and l.mode = 'AccessExclusiveLock' and l.granted)}) if $then;
    $then->() if $then;
    waitpid $dropper, 0;
    return $?;
}
sub ends
{
    my ($outer, $status) = @_;
    my $ended;
    wait_until(sub { $ended = waitpid($outer->pid, POSIX::WNOHANG()) == $outer->pid ? $? >> 8 : undef; defined $ended }, 'the worker ends');
    delete $outer->{pid};
    return is($ended, $status, "and the worker ends with status $status");
}

for my $hold (qw(connect place)) {
    my ($outer, $folder) = begin("held_$hold", hold => $hold, poll => 3_600_000);
    is(drop("held_$hold", sub { append_to_file("$folder/go", '') }), 0, "DROP DATABASE passes before the second session can $hold" . ($hold eq 'place' ? ' itself' : ''));
    ends($outer, 0);
}

# Whoever has no second session looks by itself.
$node->safe_psql('postgres', 'alter role outer1 connection limit 1');
my ($outer) = begin('alone');
wait_until(sub { $outer->log =~ /it polls/ }, 'it has one session');
is(drop('alone'), 0, 'DROP DATABASE passes where the server cannot wake the worker');
ends($outer, 0);
($outer) = begin('skewed');
$outer->end('TERM');
$node->safe_psql('skewed', q{update pg_extension set extversion = '9.9' where extname = 'pg_debrief'});
$outer = new_outer($node, dsn => outer_dsn($node, database => 'skewed'));
wait_until(sub { $outer->log =~ /nothing is claimed.*it polls/s }, 'it waits for another version');
is(drop('skewed'), 0, 'and where that worker waits for another version');
ends($outer, 0);
$node->safe_psql('postgres', 'alter role outer1 connection limit -1');

# What is paid outlasts a moment without the database, but not the database.
sub hide
{
    my ($database) = @_;
    return $node->safe_psql('postgres', qq{update pg_database set datallowconn = false where datname = '$database';
        select pg_terminate_backend(pid) from pg_stat_activity where datname = '$database'});
}
sub in_flight { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }
($outer) = begin('kept');
$stub->serve($node, database => 'kept');
$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('kept', qq{update debrief.stages set server = 'stub' where stage = 'ssml';
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/a.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings;
    insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Kept ' || n from debrief.analysis_jobs, generate_series(1, 4) n});
wait_until(sub { in_flight() == 4 }, 'calls are in flight');
hide('kept');
$node->safe_psql('postgres', 'alter database kept rename to away');
$stub->script('/v1/speech');
$stub->release;
wait_until(sub { $outer->log =~ /database \\"kept\\" does not exist/ }, 'the database is missed');
$node->safe_psql('postgres', q{alter database away rename to kept; update pg_database set datallowconn = true where datname = 'kept'});
wait_until(sub { $node->safe_psql('kept', q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}) == 4 }, 'rows are spoken');
is($node->safe_psql('kept', 'select max(audio_attempts) from debrief.analysis_feedback'), 1, 'answers that were paid while the database had another name are settled');

$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('kept', q{insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Lost ' || n from debrief.analysis_jobs, generate_series(1, 4) n});
wait_until(sub { in_flight() == 4 }, 'calls are in flight');
hide('kept');
is(drop('kept'), 0, 'the database is dropped while the worker is away');
ends($outer, 3);
like($outer->log, qr/level=warning message="pg_debrief worker ends: its database does not exist" detail="[^\n]*kept/, 'and says why');
wait_until(sub { in_flight() == 0 }, 'its calls are aborted');
is(in_flight(), 0, 'its calls are aborted');
is((run_outer($node, dsn => outer_dsn($node, database => 'kept'), more => ['--once']))[0], 3, 'nor does --once wait for such a database');

$stub->stop;
$node->stop;
done_testing();
