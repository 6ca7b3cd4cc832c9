# A base backup, a recovery to a point in time and a snapshot hold claims and queued rows of the server they
# were made from, which is paid for them; a promoted standby (013) takes its primary's place instead.
use strict;
use warnings;
use Copies;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_cluster('primary', init => {has_archiving => 1, allows_streaming => 1}, conf => "pg_debrief.safety_poll = '1s'\ntrack_functions = all");
my $stub = new_stub();
my $root = $stub->serve($primary);
add_recording($primary, $root, 'talk.mp4');
wait_for_sql($primary, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});

sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ /$words/ } $stub->requests('/v1/speech') }
sub speak { my ($node, $words) = @_; return $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$words' from debrief.analysis_jobs") }
sub audio_of { my ($node, $words) = @_; return $node->safe_psql('postgres', "select audio_status from debrief.analysis_feedback where message = '$words'") }
sub id_of { my ($node) = @_; return $node->safe_psql('postgres', 'select system_identifier from pg_control_system()') }

# A backup, then a claim, then an edit of what was claimed.
$stub->script('/v1/speech', {action => 'hold'});
speak($primary, 'Early words.');
wait_until(sub { calls('Early words') == 1 }, 'a call is in flight');
$primary->backup('base');
$stub->script('/v1/speech');
$primary->safe_psql('postgres', q{select pg_create_restore_point('before_the_edit')});
$primary->safe_psql('postgres', q{update debrief.analysis_feedback set message = 'Later words.' where message = 'Early words.'});
wait_until(sub { audio_of($primary, 'Later words.') eq 'completed' }, 'the edited message is spoken');
my $segment = $primary->safe_psql('postgres', 'select pg_walfile_name(pg_switch_wal())');
wait_for_sql($primary, "select last_archived_wal >= '$segment' from pg_stat_archiver");

# Recovered to the point before the edit.
my $copy = PostgreSQL::Test::Cluster->new('recovered');
$copy->init_from_backup($primary, 'base', has_restoring => 1, standby => 0);
$copy->append_conf('postgresql.conf', "recovery_target_name = 'before_the_edit'\nrecovery_target_action = 'promote'");
$copy->start;
wait_until(sub { $copy->safe_psql('postgres', 'select pg_is_in_recovery()') eq 'f' }, 'the recovery ends');
is(audio_of($copy, 'Early words.'), 'processing', 'the recovered server has the row as it was: in flight');
is(id_of($copy), id_of($primary), 'and the identifier of its origin');
keeps_still($copy, 'postgres', $stub, 'recovered');
is(state_of($copy, 'postgres'), 'copy', 'its stage_status says so');
keeps_still($copy, 'postgres', $stub, 'recovered and restarted', sub { $copy->restart });
is(state_of($copy, 'postgres'), 'copy', 'and says so after a restart');
is($copy->safe_psql('postgres', 'select debrief.activate_copy()'), 'this copy of a database now runs its own pipeline', 'debrief.activate_copy() makes it work');
wait_until(sub { audio_of($copy, 'Early words.') eq 'completed' }, 'the row in flight is taken back and spoken');
is(calls('Early words'), 2, 'by one call more than its origin made');
$copy->restart;
speak($copy, 'New words.');
wait_until(sub { audio_of($copy, 'New words.') eq 'completed' }, 'a new row is spoken');
is(calls('New words'), 1, 'from then on, and after a restart, the copy works');
is(scalar(() = $stub->requests('/v1/analyze')), 1, 'no analysis is made again');
is(calls('Speak up'), 1, 'nor a sound');
$copy->stop;

# The backup itself, started as it is. Resumed in its first life, it is not stopped again.
$copy = PostgreSQL::Test::Cluster->new('started');
$copy->init_from_backup($primary, 'base');
$copy->start;
keeps_still($copy, 'postgres', $stub, 'started from a base backup');
is(calls('Early words'), 2, 'nor was any call made before');
is(state_of($copy, 'postgres'), 'copy', 'its stage_status says so too');
$copy->safe_psql('postgres', 'select debrief.activate_copy()');
wait_until(sub { audio_of($copy, 'Early words.') eq 'completed' }, 'the row in flight is spoken');
speak($copy, 'More words.');
wait_until(sub { audio_of($copy, 'More words.') eq 'completed' }, 'and a new one');
is(state_of($copy, 'postgres'), 'ready', 'after debrief.activate_copy() it stays active');
$copy->stop;
is(state_of($primary, 'postgres'), 'ready', 'the origin has worked all the time');

# A snapshot looks like its origin after a crash: it must be told.
$stub->script('/v1/speech', {action => 'hold'});
speak($primary, 'Snapshot.');
wait_until(sub { calls('Snapshot') == 1 }, 'a call is in flight');
$primary->stop('immediate');
PostgreSQL::Test::Utils::system_or_bail('cp', '-a', $primary->data_dir, $primary->backup_dir . '/snapshot');
unlink $primary->backup_dir . '/snapshot/postmaster.pid';
$stub->script('/v1/speech');
$copy = PostgreSQL::Test::Cluster->new('snapshot');
$copy->init_from_backup($primary, 'snapshot');
$copy->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
$copy->start;
wait_until(sub { $copy->safe_psql('postgres', q{select pid from debrief.worker_status where process = 'launcher'}) ne '' }, 'the launcher is there');
is($copy->safe_psql('postgres', q{select count(*) from pg_stat_activity where backend_type = 'pg_debrief worker'}), 0, 'a snapshot that is started with pg_debrief.enabled = off has no worker');
$copy->safe_psql('postgres', q{set role debrief_admin; update debrief.installation set system_identifier = 'copy'});
$copy->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
keeps_still($copy, 'postgres', $stub, 'told that it is a copy, and enabled', sub { $copy->reload });
is(calls('Snapshot'), 1, 'the row in flight is left to its origin');
$copy->safe_psql('postgres', 'select debrief.activate_copy()');
wait_until(sub { audio_of($copy, 'Snapshot.') eq 'completed' }, 'after debrief.activate_copy() it is spoken');

$copy->stop;
done_testing();
