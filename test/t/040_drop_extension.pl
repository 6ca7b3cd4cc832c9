# DROP EXTENSION beside a worker in mid-transaction: the command waits for it, and neither fails.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

# The worker would look for a deadlock late, the session early: the session's command would be given up.
my $node = new_cluster('drop', conf => "deadlock_timeout = '30s'");
my $stub = new_stub();
my $root = $stub->serve($node);
my $folder = new_folder();
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});

# A trigger of the user's own holds the worker within its claim, until a file is there.
$node->safe_psql('postgres', qq{
    create function linger() returns trigger language plpgsql security definer as \$\$
    begin
      copy (select 1) to program 'cat > /dev/null; touch $folder/there; until test -e $folder/go; do sleep 0.02; done';
      return new;
    end \$\$;
    grant execute on function linger() to public;
    create trigger linger before update on debrief.analysis_feedback for each row
      when (new.ssml_status = 'processing') execute function linger();
    insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Lingers.' from debrief.analysis_jobs});
wait_until(sub { -e "$folder/there" }, 'the worker is within its claim');

my $worker = running_worker($node);
my $dropper = start_program(['psql', '-Xq', '-d', $node->connstr('postgres'), '-v', 'ON_ERROR_STOP=1', '-c', q{set client_min_messages = 'warning'},
    '-c', q{set deadlock_timeout = '1s'}, '-c', 'drop extension pg_debrief cascade']);
wait_for_sql($node, q{select exists (select from pg_stat_activity where query like 'drop extension%' and wait_event_type = 'Lock')},
    'the command waits');
is($node->safe_psql('postgres', q{select locktype || ' of ' || coalesce(classid::regclass, relation::regclass) from pg_locks where not granted}),
    'object of pg_extension', 'for the extension, and holds no table yet');
append_to_file("$folder/go", '');
waitpid($dropper, 0);
is($?, 0, 'the extension is dropped');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'nobody was given up');
SKIP: {
    skip 'it was not dropped', 1 if $node->safe_psql('postgres', 'select count(*) from pg_extension') == 2;
    wait_until(sub { worker_pid($node) ne $worker }, 'the worker ends');
    pass('and the worker ends');
}
$stub->stop;
$node->stop('immediate');
done_testing();
