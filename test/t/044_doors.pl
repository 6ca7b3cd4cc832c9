# What a stranger, a habit or a setting could keep a worker from, or carry into it.
use strict;
use warnings;
use Debrief;
use Test::More;

my $node = new_cluster('doors', conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($node);

sub sql { my ($statement, $database) = @_; return $node->safe_psql($database // 'postgres', $statement) }
sub work { my ($message) = @_;
    sql("insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$message' from debrief.analysis_jobs");
    return wait_for_sql($node, "select audio_status = 'completed' from debrief.analysis_feedback where message = '$message'", $message) }

my $recording = add_recording($node, $root, 'v.mp4');
wait_for_sql($node, q{select exists (select from debrief.analysis_jobs)}, 'there is an analysis');
work('Before all.');

# Who may create databases, but not copy this one, sends nobody away.
sql('create role towner createdb login');
my $worker = running_worker($node);
my ($code, $out, $err) = $node->psql('postgres', 'create database copied template postgres', extra_params => ['-U', 'towner']);
like($err, qr/permission denied to copy database "postgres"/, 'a stranger may not copy the database');
work('After a refused copy.');
is(worker_pid($node), $worker, 'and its worker has not left for that');

# A trigger's settings end with its transaction, and reach no commit.
sql(q{
    create table public.seen (name text, setting text);
    create function public.note_settings() returns trigger language plpgsql as $$
    begin
      insert into public.seen select s.name, s.setting from pg_settings s where s.name in ('synchronous_commit', 'lock_timeout', 'work_mem');
      return null;
    end $$;
    grant all on public.seen to debrief_worker;
    create function public.leaky() returns trigger language plpgsql as $$
    begin
      perform set_config('synchronous_commit', 'off', false), set_config('lock_timeout', '0', false), set_config('work_mem', '77MB', false);
      return new;
    end $$;
    create trigger leaky before insert on debrief.analysis_ssml_segments for each row execute function public.leaky();
    create constraint trigger note_settings after update on debrief.analysis_feedback deferrable initially deferred
      for each row execute function public.note_settings()});
work('Leaky.');
sql(q{drop trigger leaky on debrief.analysis_ssml_segments});
work('Tight.');
is(sql(q{select string_agg(distinct name || '=' || setting, ' ' order by name || '=' || setting) from public.seen}),
    'lock_timeout=2000 synchronous_commit=on work_mem=4096', 'no commit saw what a trigger had set');

# A database that the settings do not list any more loses its worker.
sql(q{alter system set pg_debrief.databases = 'other'});
sql('select pg_reload_conf()');
wait_for_sql($node, q{select not exists (select from debrief.worker_status where process = 'worker')}, 'no worker where none is wanted');
sql(q{alter system reset pg_debrief.databases});
sql('select pg_reload_conf()');
work('Listed again.');

# A worker that may not log in: the launcher says so in the server's words, and of each database.
sql('create database second');
sql('create extension pg_debrief', 'second');
sql('alter role debrief_worker nologin');
sql(q{select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'pg_debrief worker'});
for my $database ('postgres', 'second')
{
    wait_for_sql($node, qq{select last_error like '%database "$database": role "debrief_worker" is not permitted to log in%' from debrief.worker_status where process = 'launcher'},
        "worker_status names $database and says why it has no worker");
}
sql('alter role debrief_worker login');
sql('update debrief.stages set paused = paused');
work('Logged in again.');
wait_for_sql($node, q{select last_error is null or last_error not like '%"postgres"%' from debrief.worker_status where process = 'launcher'}, 'and is forgotten');
$node->stop;
done_testing();
