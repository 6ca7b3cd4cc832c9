# The worker as a program outside the server: the pipeline without an inner one, its ends, and both together.
use strict;
use warnings;
use Debrief;
use Outside;
use PostgreSQL::Test::Utils;
use Sys::Hostname;
use Test::More;

my $node = new_cluster('outside', init => {allows_streaming => 1}, conf => "pg_debrief.enabled = off\npg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);

# What is missing is said, one thing after the other.
$node->safe_psql('postgres', 'create role outer1 login');
my ($code, $words) = run_outer($node, more => ['--check']);
is($code, 1, 'a role without rights does not do');
like($words, qr/missing +the rights of a worker for role "outer1"\n +SELECT debrief.grant_access\('outer1', 'worker'\)/, 'and --check says which command is');
is($node->safe_psql('postgres', q{select debrief.grant_access('outer1', 'worker')}), 'granted', 'an operator grants it');
# What its role has for sessions does not reach the worker's.
$node->safe_psql('postgres', q{alter role outer1 set default_transaction_read_only = on; alter role outer1 set statement_timeout = '50ms';
    alter role outer1 set jit_above_cost = 0; alter role outer1 set jit_optimize_above_cost = 0; alter role outer1 set jit_inline_above_cost = 0});
($code, $words) = run_outer($node, more => ['--check']);
is($code, 0, '--check finds nothing missing then') or diag $words;
($code, $words) = run_outer($node, dsn => "host=@{[$node->host]} port=1 dbname=postgres user=outer1", more => ['--check']);
like($words, qr/missing +a connection to the database\n.*PGSQL\.1/s, 'a server that is not there is named');

# The pipeline, until nothing is due.
add_recording($node, $root, 'talk.mp4');
($code, $words) = run_outer($node, more => ['--once']);
is($code, 0, '--once ends') or diag $words;
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}), 2, 'when the recording is spoken');
is($node->safe_psql('postgres', q{select bool_and(length(o.body) = a.bytes) from debrief.analysis_audio_segments a join debrief.audio_objects o using (storage_path)}), 't',
    'its sounds are stored whole');
is($node->safe_psql('postgres', q{select count(*) from debrief.operations where login = 'outer1'}), 0, 'a worker is no operator');
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');

sub insert_rows { my ($what, $count) = @_; return $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$what ' || n from generate_series(1, $count) n") }
sub in_flight { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }
sub all_spoken
{
    my ($what, $count, $attempts) = @_;
    wait_until(sub { my ($status, $out) = $node->psql('postgres', qq{select count(*) = $count from debrief.analysis_feedback where message like '$what %' and audio_status = 'completed'});
                     $status == 0 && $out eq 't' }, "$what: all rows finish");
    is($node->safe_psql('postgres', qq{select count(*), count(distinct a.feedback_id), min(f.audio_attempts), max(f.audio_attempts)
        from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like '$what %'}),
        "$count|$count|$attempts|$attempts", "$what: each row has one sound, after $attempts attempt(s)");
}
sub hold
{
    my ($what) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    my $before = in_flight();
    insert_rows($what, 4);
    wait_until(sub { in_flight() >= $before + 4 }, "$what: calls are in flight");
    $stub->script('/v1/speech');
}

is($node->safe_psql('postgres', "select debrief._wait_for_wake(0, 0, '{0,0,0,0}', 'here', '1', false, '', false) & (2 | 32)"), 2 | 32,
    'whoever begins to wait is told of claims that may be gone, and of tests that were asked for');

# Where the library is preloaded a statement wakes it: nothing else would bring this row before an hour is over.
my $keys = new_folder() . '/keys';
append_to_file($keys, "unused 127.0.0.1 a-key-of-nobody\n");
chmod 0600, $keys;
my $outer = new_outer($node, poll => 3_600_000, more => ['--safety-poll', 3_600_000, '--key-file', $keys]);
wait_for_sql($node, q{select count(*) = 1 from debrief.worker_status where process = 'worker' and state = 'running' and ordinal >= 100}, 'worker_status has it');
wait_until(sub { $node->safe_psql('postgres', q{select count(*) from pg_stat_activity where wait_event_type = 'Extension' and usename = 'outer1'}) == 1 }, 'it waits to be woken');
insert_rows('Woken', 2);
all_spoken('Woken', 2, 1);
is($node->safe_psql('postgres', q{select ok from debrief.test_server('stub')}), 't', 'it tries out a server for an operator');
like($node->safe_psql('postgres', q{create server nobody foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
    select ok, message from debrief.test_server('nobody')}), qr/^f\|.*\[unreachable\]/, 'and says what is wrong');
is($node->safe_psql('postgres', 'select count(*) from debrief._process_problems()'), 0, 'no complaint of workers that are switched off');
chmod 0644, $keys;
$node->reload;
wait_for_sql($node, q{select last_error ~ '^the key file cannot be used' from debrief.worker_status where ordinal >= 100}, 'a reload of the server reaches it');
$outer->end('TERM');
wait_for_sql($node, q{select count(*) = 0 from debrief.worker_status where process = 'worker'}, 'and its place is free again');

# The pieces in which the server's answers arrive make no difference.
{
    local $ENV{LD_PRELOAD} = build_shim('pieces.c');
    $outer = new_outer($node, poll => 3_600_000, more => ['--safety-poll', 3_600_000]);
}
wait_until(sub { $outer->log =~ /it polls/ || $node->safe_psql('postgres', q{select count(*) from pg_stat_activity where wait_event_type = 'Extension' and usename = 'outer1'}) == 1 },
    'it waits to be woken');
insert_rows('In pieces', 2);
all_spoken('In pieces', 2, 1);
unlike($outer->log, qr/it polls/, 'the server wakes it');
$outer->end('TERM');

# What cannot be prepared because of somebody's lock is prepared when that is gone.
my $locker = $node->background_psql('postgres', on_error_stop => 1);
$locker->query_safe('begin; lock table debrief.attempts in access exclusive mode');
add_recording($node, $root, 'late.mp4');
$outer = new_outer($node, poll => 100);
wait_until(sub { 3 <= (() = $outer->log =~ /due to lock timeout/g) }, 'several statements cannot be prepared');
$locker->query_safe('commit');
$locker->quit;
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id
    where j.id > } . $job . q{ and f.audio_status = 'completed'});
unlike($outer->log, qr/already exists/, 'each under a name of its own');
$outer->end('TERM');

# It leaves a database that a command needs for itself.
$node->safe_psql('postgres', 'create database dropped');
$node->safe_psql('dropped', 'create extension pg_debrief');
$outer = new_outer($node, dsn => outer_dsn($node, database => 'dropped'));
wait_for_sql($node, q{select exists (select from debrief._workers() w join pg_database d on d.oid = w.database where d.datname = 'dropped' and w.ordinal >= 100)}, 'it works there');
$node->safe_psql('postgres', 'drop database dropped');
is($outer->end('TERM'), 0, 'DROP DATABASE does not wait for it');

# While versions do not fit it waits, is seen to, and is told when they do; in a database that is dropped, too.
$node->safe_psql('postgres', 'create database skewed');
$node->safe_psql('skewed', q{create extension pg_debrief; select debrief.grant_access('outer1', 'worker'); update pg_extension set extversion = '9.9' where extname = 'pg_debrief'});
sub wait_for_state { my ($state) = @_; return wait_until(sub { $node->safe_psql('skewed', q{select state || ': ' || coalesce(last_error, '') from debrief.worker_status where process = 'worker'}) =~ $state }, $state) }
$outer = new_outer($node, dsn => outer_dsn($node, database => 'skewed'), poll => 3_600_000);
wait_for_state(qr/^waiting: SQL version 9\.9 is newer than this library/);
like($node->safe_psql('skewed', 'select distinct reason from debrief.stage_status'), qr/^[^\n]*SQL version 9\.9[^\n]*$/, 'stage_status says what it waits for, and not that workers are switched off');
$node->safe_psql('skewed', q{update pg_extension set extversion = '1.0' where extname = 'pg_debrief'; update debrief.stages set paused = paused});
wait_for_state(qr/^running: /);
$outer->end('TERM');
$node->safe_psql('skewed', q{update pg_extension set extversion = '9.9' where extname = 'pg_debrief'});
$outer = new_outer($node, dsn => outer_dsn($node, database => 'skewed'));
wait_for_state(qr/^waiting: /);
$node->safe_psql('postgres', 'drop database skewed');
is($outer->end('TERM'), 0, 'nor does it where the worker waits for another version');

# kill -9: the server goes on, and the next worker finds the claims at once, though their leases hold.
$outer = new_outer($node);
hold('Killed');
my $server = $node->safe_psql('postgres', 'select pg_postmaster_start_time()');
$outer->end('KILL');
$outer = new_outer($node);
all_spoken('Killed', 4, 2);
is($node->safe_psql('postgres', 'select pg_postmaster_start_time()'), $server, 'no session of the server noticed');

# SIGTERM gives claims back, uncharged.
hold('Ended');
is($node->safe_psql('postgres', q{select host = '} . hostname() . q{' and version like '1.%' from debrief.worker_status where ordinal >= 100}), 't', 'worker_status says where it runs');
is($outer->end('TERM'), 0, 'SIGTERM ends it');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'Ended %' and audio_status = 'queued' and audio_attempts = 0}), 4,
    'its claims are given back');
$outer = new_outer($node);
all_spoken('Ended', 4, 1);

# A claim that no standby has confirmed makes no call, whatever a trigger sets.
sub calls { return scalar(my @requests = ($stub->requests('/v1/ssml'), $stub->requests('/v1/speech'))) }
sub confirmed_by
{
    my ($standby) = @_;
    $node->append_conf('postgresql.conf', "synchronous_standby_names = '$standby'");
    $node->reload;
    wait_until(sub { $node->safe_psql('postgres', 'show synchronous_standby_names') eq $standby }, 'the setting is read');
}
leak_at_commit($node);
confirmed_by('nobody');
my $calls = calls();
$node->safe_psql('postgres', "set synchronous_commit = local; insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Unconfirmed 1')");
wait_until(sub { $node->safe_psql('postgres', q{select count(*) from pg_stat_activity where usename = 'outer1' and wait_event = 'SyncRep'}) == 1 }, 'the claim waits to be confirmed');
is(calls(), $calls, 'before that there is no call');
wait_for_sql($node, q{select exists (select from debrief.worker_status where state = 'waiting' and last_error ~ '^a commit waits for a synchronous standby')},
    'worker_status says what the worker waits for');
confirmed_by('');
all_spoken('Unconfirmed', 1, 1);

# What is paid while the server is away is settled when it is back, though a worker inside is there first.
hold('Away');
$node->stop('fast');
$node->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
$stub->release;
wait_until(sub { $outer->log =~ /the connection to the database is lost/ }, 'it notices');
$node->start;
all_spoken('Away', 4, 1);
like($outer->log, qr/connected to the database again/, 'and says when it is connected again');

# Inside and outside together.
wait_until(sub { worker_pid($node) ne '' }, 'an inner worker begins');
insert_rows('Shared', 150);
all_spoken('Shared', 150, 1);
$outer->end('TERM');
is($node->safe_psql('postgres', q{select string_agg(object || problem, '') from debrief.check_installation() where object !~ 'stage'}), '', 'check_installation() finds nothing');

# Without the library it polls.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
$outer = new_outer($node);
wait_until(sub { $outer->log =~ /does not wake this worker: it polls/ }, 'it says so');
insert_rows('Polled', 2);
all_spoken('Polled', 2, 1);
$outer->end('TERM');

$node->stop;
$stub->stop;
done_testing();
