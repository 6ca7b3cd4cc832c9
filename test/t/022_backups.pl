# A dump of any format carries everything, and a database that is restored from one keeps still until
# debrief.activate_copy(); then it does what was unfinished, and nothing twice.
use strict;
use warnings;
use Copies;
use Debrief;
use FullPipeline;
use PostgreSQL::Test::Utils;
use Test::More;

my ($origin, $stub, $sound) = new_full_pipeline('origin');
my $everything = everything_of($origin, 'postgres');
is($origin->safe_psql('postgres', q{select string_agg(distinct s, ',' order by s) from debrief.analysis_feedback, unnest(array[ssml_status || '/' || audio_status]) s}),
    'completed/completed,completed/failed,completed/processing,completed/queued,failed/queued,processing/queued,queued/queued', 'there are rows of every status');
my $fence = $origin->safe_psql('postgres', 'select last_value from debrief.claim_token_seq');
my $calls = () = $stub->requests;
my $folder = new_folder();

# Another cluster, with workers that run.
my $node = new_cluster('restored', bare => 1, conf => "pg_debrief.safety_poll = '1s'\ntrack_functions = all\npg_debrief.max_workers = 16\nmax_worker_processes = 32");
$node->safe_psql('postgres', 'create role app; create role reporter; create extension pg_debrief; drop extension pg_debrief cascade; drop schema debrief cascade');

sub dump_to { my ($file, @options) = @_; return $origin->command_ok(['pg_dump', @options, '-f', "$folder/$file", $origin->connstr('postgres')], "pg_dump @options") }
sub restore { my ($database, $file, @options) = @_; return $node->command_ok(['pg_restore', '--exit-on-error', @options, '-d', $node->connstr($database), "$folder/$file"], "pg_restore @options") }
sub run_sql { my ($database, $file) = @_; return $node->command_ok(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', "$folder/$file"], "psql runs $file") }

# A new database; the restore; what must hold after it.
sub restored
{
    my ($database, $action, @but) = @_;
    $node->safe_psql('postgres', "create database $database");
    $action->($database);
    same_everything($node, $database, $everything, $database, @but);
    cmp_ok($node->safe_psql($database, 'select last_value from debrief.claim_token_seq'), '>=', $fence, "$database: the sequence of claim tokens has not gone back");
    keeps_still($node, $database, $stub, $database);
    is(state_of($node, $database), 'copy', "$database: stage_status says that it is a copy");
    is(scalar(() = $stub->requests), $calls, "$database: nothing was called");
    ok(-e $sound, "$database: and no object of the origin deleted");
    return;
}

dump_to('plain.sql');
restored('plain', sub { run_sql($_[0], 'plain.sql') });
dump_to('custom', '-Fc');
restored('custom', sub { restore($_[0], 'custom', '-j4') });
dump_to('directory', '-Fd', '-j2');
restored('directory', sub { restore($_[0], 'directory', '-j2') });
restored('one_transaction', sub { restore($_[0], 'custom', '--single-transaction') });
restored('sections', sub { my ($database) = @_; restore($database, 'custom', "--section=$_") for qw(pre-data data post-data) });

# The schema first and the rows later: with their triggers off, or every upload would be queued again.
dump_to('schema', '-Fc', '--schema-only');
dump_to('rows', '-Fc', '--data-only');
$node->safe_psql('postgres', 'create database triggered');
restore('triggered', 'schema');
$node->command_fails_like(['pg_restore', '--exit-on-error', '-d', $node->connstr('triggered'), "$folder/rows"], qr/duplicate key value|violates foreign key/, 'rows alone do not go in beside triggers');
$node->safe_psql('postgres', 'drop database triggered with (force)');
restored('two_steps', sub { restore($_[0], 'schema'); restore($_[0], 'rows', '--disable-triggers') },
    'triggers');    # it enables all of them in the end, also one that was disabled

# Over a database that has the extension, and a pipeline of its own.
$node->safe_psql('postgres', 'create database refreshed');
$node->safe_psql('refreshed', 'create extension pg_debrief');
is(state_of($node, 'refreshed'), 'no server,ready', 'a database with a pipeline of its own');
restore('refreshed', 'custom', '--clean', '--if-exists');
same_everything($node, 'refreshed', $everything, 'refreshed');
keeps_still($node, 'refreshed', $stub, 'refreshed');
is(state_of($node, 'refreshed'), 'copy', 'which --clean replaces: it is a copy now');

# Resumed, a copy finishes what was begun, behind the fence of its origin.
$node->safe_psql('custom', 'select debrief.activate_copy()');
wait_until(sub { finished($node, 'custom') }, 'the copy finishes');
for my $words (unfinished_messages()) {
    is(scalar(grep { $_->{body} =~ /$words/ } $stub->requests('/v1/speech')), 1, "it speaks once: $words");
}
is(scalar(grep { my $body = $_->{body}; grep { $body =~ /$_/ } finished_messages() } $stub->requests('/v1/speech')), 6,
    'of what was finished in its origin nothing is spoken again: two there, four of the two analyses that were not');
is(scalar(() = $stub->requests('/v1/analyze')), 3, 'the two analyses that were queued or running are made, and no other');
is($node->safe_psql('custom', q{select string_agg(message || ssml_status || audio_status, ',' order by message) from debrief.analysis_feedback where 'failed' in (ssml_status, audio_status)}),
    'Was not spoken.completedfailed,Was not written.failedqueued', 'what had failed has failed still');
cmp_ok($node->safe_psql('custom', 'select last_value from debrief.claim_token_seq'), '>', $fence, 'claims draw tokens beyond those of the origin');
ok(!-e $sound, 'what was to be deleted is deleted');

# Over the very database: it is no copy, and its workers are stopped for the time.
$origin->safe_psql('postgres', 'delete from debrief.video_recordings');
$origin->command_ok(['pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', $origin->connstr('postgres'), "$folder/custom"], 'restored over the database it was made from');
same_everything($origin, 'postgres', $everything, 'over itself');
is(state_of($origin, 'postgres'), 'switched off', 'it needs no debrief.activate_copy()');
$origin->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
$origin->reload;
wait_until(sub { finished($origin, 'postgres') }, 'it finishes');
is($origin->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}), 10, 'enabled again, it goes on');

$node->stop;
done_testing();
