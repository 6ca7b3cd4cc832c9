# A subscriber of logical replication gets rows that are queued; its publisher is paid for them, it is not.
use strict;
use warnings;
use Copies;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = new_cluster('publisher', init => {allows_streaming => 'logical'}, conf => "pg_debrief.safety_poll = '1s'");
my $stub = new_stub();
my $root = $stub->serve($publisher);
my $subscriber = new_cluster('subscriber', conf => "pg_debrief.safety_poll = '1h'\ntrack_functions = all\nmax_logical_replication_workers = 8");
my $other = new_stub();
$other->serve($subscriber);
# Its workers have other identities than those that the publisher's rows name.
$subscriber->safe_psql('postgres', q{select setval('debrief.claim_token_seq', 100000)});
$subscriber->restart;

sub speak { my ($node, $words) = @_; return $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select min(id), '$words' from debrief.analysis_jobs") }
sub audio_of { my ($node, $words) = @_; return $node->safe_psql('postgres', "select audio_status from debrief.analysis_feedback where message = '$words'") }
sub calls { my ($of, $words) = @_; return scalar grep { $_->{body} =~ /$words/ } $of->requests('/v1/speech') }
sub synchronized { my ($node, $database) = @_; return $node->safe_psql($database, q{select coalesce(bool_and(srsubstate = 'r'), false) from pg_subscription_rel}) eq 't' }

# Rows of every kind: finished, in flight, queued.
add_recording($publisher, $root, 'talk.mp4');
wait_for_sql($publisher, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
$stub->script('/v1/speech', {action => 'hold'});
speak($publisher, 'In flight.');
wait_until(sub { calls($stub, 'In flight') == 1 }, 'a call is in flight');
$publisher->safe_psql('postgres', q{select debrief.pause('ssml')});
speak($publisher, 'Queued.');

$publisher->safe_psql('postgres', q{
    create publication pipeline for table debrief.video_recordings, debrief.analysis_jobs, debrief.analysis_metrics,
      debrief.analysis_feedback, debrief.analysis_ssml_segments, debrief.analysis_audio_segments, debrief.audio_objects;
    create publication live for table debrief.analysis_feedback (id, ssml_status, audio_status);});
$subscriber->safe_psql('postgres', sprintf q{create subscription pipeline connection '%s' publication pipeline}, $publisher->connstr . ' dbname=postgres');
wait_until(sub { synchronized($subscriber, 'postgres') }, 'the tables are copied');
is(rows_of($subscriber, 'postgres'), rows_of($publisher, 'postgres'), 'the subscriber has every row, those in flight and queued too');
$subscriber->safe_psql('postgres', 'select debrief._wake()');
is($subscriber->safe_psql('postgres', q{select ok from debrief.test_server('stub')}), 't', 'its worker, which is woken, does what an operator asks for');
is(rows_of($subscriber, 'postgres'), rows_of($publisher, 'postgres'), 'but claims nothing: CREATE SUBSCRIPTION told it at once');
$subscriber->append_conf('postgresql.conf', "pg_debrief.safety_poll = '1s'");
$subscriber->reload;
keeps_still($subscriber, 'postgres', $other, 'subscriber');
is(state_of($subscriber, 'postgres'), 'copy', 'and its stage_status says so');
my (undef, undef, $why) = $subscriber->psql('postgres', 'select debrief.activate_copy()');
like($why, qr/the rows of this database come from the subscription "pipeline".*HINT: .*DROP SUBSCRIPTION pipeline; then SELECT debrief\.activate_copy\(\)/s,
    'debrief.activate_copy() tells which subscription, and what to do');
(undef, undef, $why) = $subscriber->psql('postgres', q{select debrief.resume('ssml')});
like($why, qr/this database is a copy of the one/, 'and debrief.resume() resumes nothing');
ok($subscriber->log_contains('this database is a copy of the one it was installed in'), 'the log tells that nothing is claimed');

# A database without the extension follows too.
$subscriber->safe_psql('postgres', 'create database plain');
$subscriber->safe_psql('plain', q{create schema debrief; create table debrief.analysis_feedback (id bigint primary key, ssml_status text, audio_status text)});
$subscriber->safe_psql('plain', sprintf q{create subscription live connection '%s' publication live}, $publisher->connstr . ' dbname=postgres');
wait_until(sub { synchronized($subscriber, 'plain') }, 'the plain table is copied');

# The publisher's work goes on, and arrives.
$stub->script('/v1/speech');
$stub->release;
$publisher->safe_psql('postgres', q{select debrief.resume('ssml')});
wait_until(sub { finished($publisher, 'postgres') }, 'the publisher finishes');
is(calls($stub, $_), 1, "the publisher has spoken once: $_") for 'In flight', 'Queued';
$publisher->safe_psql('postgres', q{delete from debrief.analysis_feedback where message = 'In flight.'});
$publisher->wait_for_catchup($_) for 'pipeline', 'live';
is(rows_of($subscriber, 'postgres'), rows_of($publisher, 'postgres'), 'every change and deletion arrives at the subscriber');
my $live = q{select string_agg(format('%s %s %s', id, ssml_status, audio_status), ',' order by id) from debrief.analysis_feedback};
is($subscriber->safe_psql('plain', $live), $publisher->safe_psql('postgres', $live), 'and every change of a status where there is no extension');
$subscriber->safe_psql('plain', 'drop subscription live');
is(scalar(grep { $_->{path} ne '/health' } $other->requests), 0, 'the subscriber has called nobody');

# A subscription that is disabled, or gone, has left another's rows behind.
$publisher->safe_psql('postgres', q{select debrief.pause('ssml')});
speak($publisher, 'Taken over.');
$publisher->wait_for_catchup('pipeline');
keeps_still($subscriber, 'postgres', $other, 'disabled', sub { $subscriber->safe_psql('postgres', 'alter subscription pipeline disable') });
$subscriber->safe_psql('postgres', 'alter subscription pipeline enable');
keeps_still($subscriber, 'postgres', $other, 'dropped', sub { $subscriber->safe_psql('postgres', 'drop subscription pipeline') });
is($subscriber->safe_psql('postgres', 'select count(*) from pg_subscription'), 0, 'there is no subscription any more');
is(state_of($subscriber, 'postgres'), 'copy', 'but the database stays a copy');
keeps_still($subscriber, 'postgres', $other, 'restarted', sub { $subscriber->restart });

# To take over, the sequences are brought up: no subscription carries them.
$publisher->stop('fast');
$subscriber->safe_psql('postgres', q{
    select setval('debrief.claim_token_seq', 1000000 + (select max(t) from (select claim_token from debrief.analysis_jobs
      union all select claim_token from debrief.analysis_feedback union all select 0) c (t)));
    do $$
    declare
      t text;
    begin
      foreach t in array array['video_recordings', 'analysis_jobs', 'analysis_metrics', 'analysis_feedback', 'analysis_ssml_segments', 'analysis_audio_segments'] loop
        execute format('select setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 0) + 1) from debrief.%I', 'debrief.' || t, t);
      end loop;
    end $$;
    select debrief.activate_copy()});
wait_until(sub { audio_of($subscriber, 'Taken over.') eq 'completed' }, 'what was queued is spoken');
is(calls($stub, 'Taken over') . calls($other, 'Taken over'), '01', 'after debrief.activate_copy() the subscriber speaks what was queued, once');
speak($subscriber, 'New.');
wait_until(sub { audio_of($subscriber, 'New.') eq 'completed' }, 'a new row is spoken');
is(scalar(grep { $_->{path} ne '/health' } $other->requests), 2, 'and what is new, and nothing that was finished');

$subscriber->stop;
done_testing();
