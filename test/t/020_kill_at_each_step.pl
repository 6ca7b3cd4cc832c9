# Whoever is killed, and wherever it stood: each row has one result, and one call more at most. A worker outside outlives
# whatever ends its session, with its calls and the answers that it has.
use strict;
use warnings;
use Debrief;
use Home;
use File::Find;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_cluster('steps', conf => "restart_after_crash = on\npg_debrief.safety_poll = '1s'\nlog_min_messages = log");
my $stub = new_stub();
my $root = $stub->serve($node);
my $sounds = new_folder();
$node->safe_psql('postgres', qq{
    create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds');
    update debrief.stages set store = 'sounds', max_in_flight = 200 where stage = 'audio';});
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
my $folder = new_folder();

sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ />$words \d/ } $stub->requests('/v1/speech') }
sub add { my ($words, $count) = @_; $node->psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, '$words ' || n from generate_series(1, $count) n") }
sub hold
{
    my ($words, $count) = @_;
    $stub->script('/v1/speech', {action => 'hold'});
    add($words, $count);
    wait_until(sub { calls($words) == $count }, "$count calls are in flight");
    $stub->script('/v1/speech');
}
my @again = is_outside() ? (1, 3) : (2, 6);    # attempts and calls of three rows whose worker's session was ended
sub kill_it { my ($pid) = @_; $pid =~ /^\s*(\d{2,})\s*$/ or die "nobody to kill: '$pid'"; kill 'KILL', $1 }
sub ends_well
{
    my ($what, $words, $count, $attempts, $calls) = @_;
    $stub->release if is_outside();
    wait_until(sub { my ($status, $out) = $node->psql('postgres', "select count(*) = $count from debrief.analysis_feedback where message like '$words %' and audio_status = 'completed'"); $status == 0 && $out eq 't' },
        "$what: all rows finish");
    my $state = $node->safe_psql('postgres', "select count(*), count(distinct feedback_id), min(audio_attempts), max(audio_attempts)
        from debrief.analysis_audio_segments a join debrief.analysis_feedback f on f.id = a.feedback_id where f.message like '$words %'");
    is("$state|" . calls($words), "$count|$count|$attempts|$attempts|$calls", "$what: one sound each, after $attempts attempt(s) and $calls call(s)");
}
# A trigger whose process dies of it, once.
sub deadly
{
    my ($name, $when, $words) = @_;
    my $table = $when =~ /on (\S+)/ ? $1 : die;
    my $key = $table =~ /segments/ ? 'feedback_id' : 'id';
    $node->safe_psql('postgres', qq{
        create function $name() returns trigger language plpgsql security definer as \$\$
        begin
          if exists (select from debrief.analysis_feedback f where f.id = new.$key and f.message like '$words %') then
            copy (select 1) to program 'cat > /dev/null; test -e $folder/$name || { touch $folder/$name; kill -9 \$PPID; }';
          end if;
          return new;
        end \$\$;
        grant execute on function $name() to public;
        create trigger $name $when for each row execute function $name();});
}

deadly('in_claim', q{before update on debrief.analysis_feedback}, 'Claimed');
add('Claimed', 3);
ends_well('killed in its claim', 'Claimed', 3, 1, 3);
$node->safe_psql('postgres', 'drop function in_claim cascade');

hold('Called', 3);
kill_it(worker_pid($node));
ends_well('killed in its calls', 'Called', 3, 2, 6);

# The answers are there, and a session keeps the worker from storing them.
hold('Answered', 3);
my $locker = $node->background_psql('postgres', on_error_stop => 0);
$locker->query(q{begin; select 1 from debrief.analysis_feedback where message like 'Answered %' for update});
$stub->release;
wait_until(sub { 3 == grep { $_->{body} =~ />Answered/ && $_->{state} eq 'answered' } $stub->requests('/v1/speech') }, 'three answers are there');
add('Beside', 1);
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'Beside 1'});
kill_it(worker_pid($node));
$locker->query('rollback') if is_outside();
ends_well('killed between its answers and their settle', 'Answered', 3, 2, 6);

deadly('in_settle', 'before insert on debrief.analysis_audio_segments', 'Settled');
hold('Settled', 3);
$stub->release;
ends_well('killed in its settle, after the upload', 'Settled', 3, @again);
my @files;
find(sub { push @files, $File::Find::name if -f }, $sounds);
is(scalar @files, $node->safe_psql('postgres', 'select count(*) from debrief.analysis_audio_segments'), 'no file is written twice, none is left over');

hold('Launcher', 3);
kill_it($node->safe_psql('postgres', q{select pid from debrief.worker_status where process = 'launcher'}));
ends_well('the launcher is killed', 'Launcher', 3, @again);

hold('Backend', 3);
my $victim = $node->background_psql('postgres', on_error_stop => 0);
kill_it($victim->query('select pg_backend_pid()'));
ends_well('another session is killed', 'Backend', 3, @again);

hold('Postmaster', 3);
my $session = worker_session($node);
sub calls_are_aborted { wait_until(sub { 0 == grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'the calls are aborted') unless is_outside() }
$node->kill9;
wait_until(sub { !kill 0, $session }, 'its session notices that the postmaster is gone', 15);
calls_are_aborted();
$node->start;
ends_well('the postmaster is killed', 'Postmaster', 3, @again);

# Orderly or not, a shutdown waits for no call. (A smart one waits for the sessions of all clients, a worker outside among them.)
for my $mode ('fast', is_outside() ? () : 'smart', 'immediate') {
    my $words = ucfirst $mode;
    hold($words, 100);
    my $began = time;
    $node->stop($mode);
    note(sprintf '%s stop with 100 calls in flight: %.2f s', $mode, time - $began);
    calls_are_aborted();
    $node->start;
    ends_well("a $mode shutdown with 100 calls in flight", $words, 100, is_outside() ? (1, 100) : ($mode eq 'immediate' ? 2 : 1, 200));
}
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where 'processing' in (ssml_status, audio_status)}), 0, 'nothing is left processing');
$node->stop;
done_testing();
