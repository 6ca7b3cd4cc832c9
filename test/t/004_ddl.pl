# DROP and ALTER take effect at once, with calls in flight; users' locks stall nobody.
use strict;
use warnings;
use Debrief;
use Home;
use Test::More;
use Time::HiRes qw(time);

my $node = new_cluster('ddl');
my $stub = new_stub();
my $held = 0;

# A database of its own, whose worker has a call in flight.
sub busy_database
{
    my ($name) = @_;
    $node->safe_psql('postgres', "create database $name");
    $node->safe_psql($name, 'create extension pg_debrief');
    move_in($node, database => $name);
    my $root = $stub->serve($node, database => $name);
    $stub->script('/v1/analyze', {action => 'hold'});
    my $owner = owner_id();
    mkdir "$root/$owner";
    open(my $file, '>', "$root/$owner/v.mp4") or die $!;
    print $file 'video';
    close $file;
    $node->safe_psql($name, qq{insert into debrief.video_recordings (user_id, storage_path, upload_status)
        values ('$owner', '$owner/v.mp4', 'completed')});
    $held++;
    wait_until(sub { (grep { $_->{state} eq 'open' } $stub->requests('/v1/analyze')) >= 1 }, "a call of $name is in flight");
}
sub timed
{
    my ($sql, $what) = @_;
    my $began = time;
    $node->safe_psql('postgres', $sql);
    note(sprintf '%s with a call in flight: %.2f s', $what, time - $began);
    wait_until(sub { !grep { $_->{state} eq 'open' } $stub->requests('/v1/analyze') }, "$what aborts the call");
    pass("$what does not wait for a slow call");
}

busy_database('dropped');
timed('drop database dropped', 'DROP DATABASE');

busy_database('renamed');
timed('alter database renamed rename to renamed2', 'ALTER DATABASE RENAME');
move_in($node, database => 'renamed2');
wait_until(sub { worker_pid($node, 'renamed2') }, 'a worker comes back to the renamed database');
pass('a worker comes back to the renamed database');
$node->safe_psql('postgres', 'drop database renamed2');

busy_database('template');
timed('create database clone template template', 'CREATE DATABASE TEMPLATE');
move_in($node, database => 'clone');
wait_until(sub { $node->safe_psql('clone', q{select count(*) = 1 from debrief.worker_status where process = 'worker' and pid is not null}) eq 't' },
    'the clone has a worker');
is($node->safe_psql('clone', q{select distinct state from debrief.stage_status}), 'copy', 'a clone calls nobody by itself');
is($node->safe_psql('clone', q{select status from debrief.analysis_jobs}), 'queued', 'its rows wait');
$stub->script('/v1/analyze');
like($node->safe_psql('clone', 'select debrief.activate_copy()'), qr/runs its own pipeline/, 'until somebody says so');
wait_until(sub { $node->safe_psql('clone', q{select status from debrief.analysis_jobs}) eq 'completed' }, 'the clone works');
pass('then it works');
$node->safe_psql('postgres', 'drop database clone');
$node->safe_psql('postgres', 'drop database template');

# DROP EXTENSION: data stays, the worker goes, the answer in flight is dropped quietly.
busy_database('bare');
my $worker = running_worker($node, 'bare');
my ($status, undef, $stderr) = $node->psql('bare', 'drop extension pg_debrief');
isnt($status, 0, 'DROP EXTENSION alone refuses: tables use its functions');
my $began = time;
$node->safe_psql('bare', 'drop extension pg_debrief cascade');
note(sprintf 'DROP EXTENSION with a call in flight: %.2f s', time - $began);
wait_until(sub { worker_pid($node, 'bare') ne $worker }, 'the worker leaves');
is($node->safe_psql('bare', 'select count(*) from debrief.analysis_jobs'), '1', 'CASCADE keeps the data');
$stub->release;

$node->safe_psql('bare', 'create extension pg_debrief');
is($node->safe_psql('bare', q{select count(*) > 10 from pg_trigger where not tgisinternal}), 't', 'CREATE EXTENSION adopts kept tables');
is($node->safe_psql('bare', q{select count(*) from pg_policies where policyname = 'owners'}), '9', 'and brings their policies back');
wait_until(sub { $node->safe_psql('bare', q{select count(*) = 1 from debrief.worker_status where process = 'worker' and state = 'running'}) eq 't' }, 'and its worker');
$node->safe_psql('postgres', 'drop database bare');

my $log = $node->logfile;
unlike(PostgreSQL::Test::Utils::slurp_file($log), qr/PANIC|terminated by signal|segmentation/i, 'no process crashed');
$node->stop;
done_testing();
