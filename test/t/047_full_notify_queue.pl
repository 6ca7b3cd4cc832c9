# A session that listens and does not read fills the queue of NOTIFY, which is the whole server's: the worker goes on without announcing,
# and says so once. Filled for real where the queue can be made small (17 and later); before, it takes gigabytes, and is pretended.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $is_real = `pg_config --version` =~ /(\d+)/ && $1 >= 17;
my $node = new_cluster('notify', conf => "pg_debrief.notify = 'all'" . ($is_real ? "\nmax_notify_queue_pages = 64" : ''));
my $stub = new_stub();
my $root = $stub->serve($node);
my $session = worker_session($node);
sub count_logged { my ($words) = @_; return scalar(() = slurp_file($node->logfile) =~ /\[$session\] .*LOG:  pg_debrief: \Q$words\E/g) }

my $listener = $node->background_psql('postgres', on_error_stop => 1) if $is_real;
my $pretend = q{create or replace function debrief._notify_queue_fills() returns boolean language sql volatile set search_path = pg_catalog, pg_temp as 'select %s'};
if ($is_real) {
    $listener->query_safe('listen nothing');
    $listener->query_safe('begin');
    $node->safe_psql('postgres', q{select pg_notify('other', lpad(i::text, 7990, 'z')) from generate_series(1, 40) i});
    is($node->safe_psql('postgres', 'select pg_notification_queue_usage() > 0.5'), 't', 'the queue is over half full');
} else {
    $node->safe_psql('postgres', sprintf($pretend, 'true'));
}
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
pass('rows are processed');
is(count_logged('the queue of NOTIFY is over half full'), 1, 'the worker says once that it announces nothing');

if ($is_real) {
    $listener->query_safe('commit');
} else {
    $node->safe_psql('postgres', sprintf($pretend, 'false'));
}
add_recording($node, $root, 'second.mp4');
wait_for_sql($node, q{select count(*) = 4 from debrief.analysis_feedback where audio_status = 'completed'});
is(count_logged('changes of status are announced again'), 1, 'and once that it does again');
$listener->quit if $is_real;
$node->stop;
done_testing();
