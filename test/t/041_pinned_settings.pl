# What is set for sessions does not reach the worker's transactions: its own settings are seen at their commit.
use strict;
use warnings;
use Debrief;
use Home;
use Test::More;

# By setting: what hurts, and what the worker has instead.
my %pinned = (
    synchronous_commit => ['off', 'on'], lock_timeout => ['17s', '2000'], search_path => ['nowhere', 'pg_catalog, pg_temp'],
    default_transaction_isolation => ['serializable', 'read committed'], default_transaction_read_only => ['on', 'off'],
    statement_timeout => ['17s', '0'], idle_in_transaction_session_timeout => ['17s', '0'], session_replication_role => ['replica', 'origin'],
    row_security => ['off', 'on'], bytea_output => ['escape', 'hex'], extra_float_digits => ['-15', '3']);
$ENV{PGOPTIONS} = join ' ', map { "-c $_" } ('default_transaction_read_only=off', 'session_replication_role=origin', 'row_security=on');
my $node = new_cluster('pinned', conf => join "\n", map { "$_ = '$pinned{$_}[0]'" } sort keys %pinned);

# Outside, one of them takes a grant, and the worker says so until it has it.
if (is_outside()) {
    wait_for_sql($node, q{select exists (select from debrief.worker_status where state = 'waiting' and last_error ~ 'permission denied to set parameter "session_replication_role"')});
    $node->safe_psql('postgres', 'grant set on parameter session_replication_role to outer1');
    wait_for_sql($node, q{select bool_and(state = 'running') from debrief.worker_status where process = 'worker'}, 'it works');
}

# A deferred trigger runs at the commit, where no function has a setting of its own any more.
my $names = join ', ', map { "'$_'" } sort keys %pinned;
$node->safe_psql('postgres', qq{
    create table public.seen (name text, setting text);
    create function public.note_settings() returns trigger language plpgsql security definer as \$\$
    begin
      insert into public.seen select s.name, s.setting from pg_settings s where s.name in ($names) and session_user = '@{[worker_role()]}';
      return null;
    end \$\$;
    create constraint trigger note_settings after update on debrief.analysis_feedback deferrable initially deferred
      for each row execute function public.note_settings();
    with r as (insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/v.mp4') returning id),
         j as (insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from r returning id)
    select id from j;
    insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Speak up.' from debrief.analysis_jobs});
wait_for_sql($node, q{select exists (select from public.seen) or exists (select from debrief.worker_status where last_error <> '')},
    'the worker has worked, or says why it cannot');
is($node->safe_psql('postgres', "select string_agg(distinct setting, ' or ') from public.seen where name = '$_'"), $pinned{$_}[1], "the worker has its own $_")
    for sort keys %pinned;
$node->stop;
done_testing();
