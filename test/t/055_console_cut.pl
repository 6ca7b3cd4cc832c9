# The console's database falls silent without a word, as behind a network that is cut: whoever looks hears of it,
# and has the whole state when it is back.
use strict;
use warnings;
use Console;
use Debrief;
use JSON::PP;
use Network;
use Test::More;

my $node = new_cluster('cut');
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $owner = owner_id();
sql(qq{create role console login in role debrief_reader;
       insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/v.mp4');
       insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings});
my $job = sql('select id from debrief.analysis_jobs');
my ($gone) = map { sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$_') returning id") } 'Goes.', 'Stays.';

my $network = new_network($node);
my $console = new_console('--dsn', 'host=127.0.0.1 port=' . $network->port . ' dbname=postgres user=console', '--open');
sub events { my ($topic) = @_; return $console->stream("/api/events?topic=$topic") }
my @streams = map { events($_) } 'overview', "analysis:$job";
ok($_->event('state'), 'a stream has the state') for @streams;

$network->stop;
sql("delete from debrief.analysis_feedback where id = $gone");
sql("update debrief.analysis_feedback set message = 'Changed.' where message = 'Stays.'");
my $new = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'New.') returning id");
ok($_->ends, 'a stream whose database is silent ends') for @streams;
my $refused = $console->get('page', '/api/events?topic=overview');
is($refused->{status}, 503, 'there is none until it is back');
like(decode_json($refused->{content})->{error}{message}, qr/database|connection/, 'with words');
is($console->get('metrics', '/healthz')->{status}, 200, 'the console lives');

$network->go_on;
my ($stream, $state);
wait_until(sub { $stream = events("analysis:$job"); $state = $stream && $stream->event('state', 1) }, 'it is back');
is_deeply({map { ($_->{id} => $_->{message}) } @{$state->{items}}}, decode_json(sql('select json_object_agg(id, message) from debrief.analysis_feedback')), 'with all that happened meanwhile');
sql("update debrief.analysis_feedback set message = 'Again.' where id = $new");
ok($stream->event_until('rows', sub { grep { $_->{message} eq 'Again.' } @{$_[0]{items}} }), 'and goes on');
is($console->stop, 0, 'it ends');
$node->stop;
done_testing();
