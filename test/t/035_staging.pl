# A clone for staging keeps still, is pointed to servers and stores of its own, and then leaves its origin's alone.
use strict;
use warnings;
use Copies;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('main', conf => "pg_debrief.safety_poll = '1s'\ntrack_functions = all");
my ($stub, $other) = (new_stub(), new_stub());
$node->safe_psql('postgres', 'create database production');
$node->safe_psql('production', 'create extension pg_debrief');
move_in($node, database => 'production');
my $root = $stub->serve($node, database => 'production');
my $sounds = new_folder();
$node->safe_psql('production', "create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds'); update debrief.stages set store = 'sounds' where stage = 'audio'");

sub speak { my ($database, $words) = @_; return $node->safe_psql($database, "insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$words' from debrief.analysis_jobs") }
sub is_spoken { my ($database, $words) = @_; return $node->safe_psql($database, "select audio_status from debrief.analysis_feedback where message = '$words'") eq 'completed' }
sub calls { my ($of, $words) = @_; return scalar grep { $_->{body} =~ /$words/ } $of->requests('/v1/speech') }
sub files { my ($folder) = @_; my @found = split /\n/, `find $folder -name '*.wav' | sort`; return @found }

# A clone that is made while a call is in flight: its row is queued in both.
my $path = owner_id() . '/talk.mp4';
mkdir "$root/" . owner_id();
open(my $video, '>', "$root/$path") or die $!;
print $video 'not really a video';
close $video;
$node->safe_psql('production', "insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('@{[owner_id()]}', '$path', 'completed')");
wait_until(sub { is_spoken('production', 'Speak up.') && is_spoken('production', 'More light.') }, 'production works');
$stub->script('/v1/speech', {action => 'hold'});
speak('production', 'Once.');
wait_until(sub { calls($stub, 'Once') == 1 }, 'a call is in flight');
$node->safe_psql('postgres', 'create database staging template production');
move_in($node, database => 'staging');
$stub->script('/v1/speech');
$stub->release;
wait_until(sub { is_spoken('production', 'Once.') }, 'production goes on');
is($node->safe_psql('staging', q{select ssml_status || audio_status from debrief.analysis_feedback where message = 'Once.'}), 'completedqueued', 'the clone has a row that is queued');
keeps_still($node, 'staging', $stub, 'clone');
is(state_of($node, 'staging'), 'copy', 'its stage_status says that it is a copy');
is(calls($stub, 'Once'), 2, 'the row was called for by production only: before it was cloned, and after');
my @kept = files($sounds);

# Its own servers and stores, then its own work.
my $own = new_folder();
my $url = $other->url;
$node->safe_psql('staging', qq{
    alter server stub options (set base_url '$url');
    alter server sounds options (set path '$own');
    delete from debrief.object_deletions;
    select debrief.activate_copy()});
wait_until(sub { is_spoken('staging', 'Once.') }, 'the clone speaks');
is(calls($other, 'Once') . calls($stub, 'Once'), '12', 'after debrief.activate_copy() by its own server');
is(scalar(files($own)), 1, 'into its own store');
$node->safe_psql('staging', 'delete from debrief.video_recordings');
wait_until(sub { $node->safe_psql('staging', 'select count(*) from debrief.object_deletions where due_at <= now()') eq '0' && !files($own) }, 'what is deleted in the clone is deleted in its store');
is(join(' ', files($sounds)), join(' ', @kept), 'and nothing of production');
is(state_of($node, 'production'), 'ready', 'which works as before');

$node->stop;
done_testing();
