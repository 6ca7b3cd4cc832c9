# A dump carries the tables as the user's own: data, policies, columns; nothing is queued again.
use strict;
use warnings;
use Debrief;
use Picture;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('origin');
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, "talk$_.mp4") for 1 .. 3;
wait_for_sql($node, q{select count(*) = 6 from debrief.analysis_feedback where audio_status = 'completed'});
$node->safe_psql('postgres', q{
    alter table debrief.analysis_feedback add column my_note text default 'mine';
    create policy mine on debrief.analysis_feedback for select to debrief_reader using (my_note = 'mine');
    create index my_index on debrief.analysis_feedback (my_note);
    insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), ' ' from debrief.analysis_jobs;});
my $calls = () = $stub->requests;

my $origin = picture($node, 'postgres');
my $folder = new_folder();

sub check_restored
{
    my ($database, $what) = @_;
    my $restored = picture($node, $database);
    is($restored->{$_}, $origin->{$_}, "$what: $_ are the same") for sort keys %$origin;
    is($node->safe_psql($database, q{select count(*) from debrief.analysis_feedback where ssml_due_at is not null or audio_due_at is not null}), '0',
        "$what: nothing is queued again");
    is($node->safe_psql($database, q{select count(*) from debrief.analysis_feedback where my_note = 'mine'}), '7', "$what: the user's column is kept");
    is($node->safe_psql($database, q{select count(*) from pg_depend where refclassid = 'pg_extension'::regclass and classid = 'pg_class'::regclass
        and refobjid = (select oid from pg_extension where extname = 'pg_debrief')}), '0', "$what: no table belongs to the extension");
    is($node->safe_psql($database, q{select distinct state from debrief.stage_status}), 'copy', "$what: the copy waits for debrief.activate_copy()");
    is(scalar(() = $stub->requests), $calls, "$what: no call was made");
}

$node->command_ok(['pg_dump', '-f', "$folder/plain.sql", $node->connstr('postgres')], 'pg_dump, plain');
$node->safe_psql('postgres', 'create database plain');
$node->command_ok(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('plain'), '-f', "$folder/plain.sql"], 'restores without an error');
check_restored('plain', 'plain');

$node->command_ok(['pg_dump', '-Fc', '-f', "$folder/custom", $node->connstr('postgres')], 'pg_dump -Fc');
$node->safe_psql('postgres', 'create database parallel');
$node->command_ok(['pg_restore', '-j4', '--exit-on-error', '-d', $node->connstr('parallel'), "$folder/custom"], 'restores with -j4 without an error');
check_restored('parallel', 'parallel');

# After activate_copy() the copy is a pipeline of its own, and its fence goes on where the other stopped.
$node->safe_psql('parallel', 'select debrief.activate_copy()');
$node->safe_psql('parallel', q{insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), 'New.' from debrief.analysis_jobs});
wait_until(sub { $node->safe_psql('parallel', q{select audio_status from debrief.analysis_feedback where message = 'New.'}) eq 'completed' },
    'the copy speaks');
pass('after activate_copy() the copy works');
is($node->safe_psql('parallel', q{select count(*) from debrief.analysis_feedback where audio_status = 'completed'}), '7', 'and only on what is new');

$node->stop;
done_testing();
