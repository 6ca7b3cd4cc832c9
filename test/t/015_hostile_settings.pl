# Settings that hurt sessions do not hurt the worker, wherever they are set.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('hostile', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);

# Each of them breaks ordinary work; the test's own sessions take back what is in their way.
my %hostile = (
    default_transaction_isolation => 'serializable', default_transaction_read_only => 'on', default_transaction_deferrable => 'on',
    statement_timeout => '50ms', lock_timeout => '1ms', idle_in_transaction_session_timeout => '50ms', idle_session_timeout => '50ms',
    synchronous_commit => 'off', search_path => 'nowhere', row_security => 'off', default_tablespace => '', temp_tablespaces => '',
    datestyle => 'German, DMY', intervalstyle => 'sql_standard', timezone => 'Asia/Kathmandu', bytea_output => 'escape', extra_float_digits => '-15',
    standard_conforming_strings => 'off', backslash_quote => 'off', xmloption => 'document', check_function_bodies => 'off',
    transform_null_equals => 'on', quote_all_identifiers => 'on', array_nulls => 'off', client_min_messages => 'debug5', work_mem => '64kB', enable_indexscan => 'off',
    enable_nestloop => 'off', plan_cache_mode => 'force_custom_plan', cursor_tuple_fraction => '0.01', jit_above_cost => '0', default_statistics_target => '1');
my $calm = join ' ', map { "-c $_" } ('default_transaction_read_only=off', 'default_transaction_isolation=read\ committed', 'statement_timeout=0', 'lock_timeout=0',
    'idle_session_timeout=0', 'row_security=on', 'datestyle=ISO', 'standard_conforming_strings=on', 'client_min_messages=warning', 'idle_in_transaction_session_timeout=0');
$ENV{PGOPTIONS} = $calm;

my $round = 0;
sub works
{
    my ($what) = @_;
    $round++;
    add_recording($node, $root, "talk$round.mp4");
    my $new = "j.id = (select max(id) from debrief.analysis_jobs)";
    wait_for_sql($node, "select count(*) = 2 from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id where $new and audio_status = 'completed' and j.status = 'completed'",
        "the pipeline works with $what");
    is($node->safe_psql('postgres', "select count(*) from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id
        where $new and (j.attempts <> 1 or f.ssml_attempts <> 1 or f.audio_attempts <> 1)"), 0, "$what: each step takes one attempt");
    is($node->safe_psql('postgres', "select count(*) from debrief.analysis_metrics m join debrief.analysis_jobs j on j.id = m.analysis_job_id where $new and m.metric_value = -21.5"), 1,
        "$what: numbers arrive as they were");
}
works('no setting');

$node->append_conf('postgresql.conf', join "\n", map { "$_ = '$hostile{$_}'" } sort keys %hostile);
$node->restart;
works('hostile settings in postgresql.conf');
is($node->safe_psql('postgres', q{select count(*) from debrief.worker_status where last_error is not null and last_error <> ''}), 0, 'no worker has an error to tell');

$node->safe_psql('postgres', join '', map { "alter role @{[worker_role()]} set $_ = '$hostile{$_}';" } grep { !/idle_session/ } sort keys %hostile);
$node->safe_psql('postgres', join '', map { "alter database postgres set $_ = '$hostile{$_}';" } sort keys %hostile);
replace_workers($node);
works('hostile settings of the role and the database');
my $pid = running_worker($node);

# Configuration is read again and again while rows are under way.
my $job = $node->safe_psql('postgres', 'select max(id) from debrief.analysis_jobs');
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Reload ' || n from generate_series(1, 300) n");
my $reloads = 0;
wait_until(sub {
    $node->reload;
    $reloads++;
    $node->safe_psql('postgres', q{select count(*) = 300 from debrief.analysis_feedback where message like 'Reload %' and audio_status = 'completed'}) eq 't' },
    'three hundred rows are spoken beside reloads');
note("$reloads reloads");
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'Reload %' and (ssml_attempts, audio_attempts) <> (1, 1)}), 0, 'reloads under load cost no attempt');
is(worker_pid($node), $pid, 'nor the worker');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'and no process crashed');
$node->stop;

# No process slot is left for a worker: that is told, and rows wait.
delete $ENV{PGOPTIONS};
my $full = new_cluster('full', bare => 1, conf => "max_worker_processes = 1\nmax_logical_replication_workers = 0");
$full->safe_psql('postgres', 'create extension pg_debrief');
my $full_root = $stub->serve($full);
my $video = add_recording($full, $full_root, 'talk.mp4');
wait_for_sql($full, q{select bool_or(last_error ~ 'max_worker_processes') from debrief.worker_status}, 'worker_status names the setting');
like(slurp_file($full->logfile), qr/pg_debrief: .*worker.*\n.*HINT:.*max_worker_processes/, 'the log names the setting that is too low');
is($full->safe_psql('postgres', 'select status, attempts from debrief.analysis_jobs'), 'queued|0', 'rows wait, uncharged');
$full->append_conf('postgresql.conf', 'max_worker_processes = 8');
$full->restart;
wait_for_sql($full, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
pass('with more of them the rows are finished');
$full->stop;
done_testing();
