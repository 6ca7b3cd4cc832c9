# The console on a standby: it reads, streams what changes though nothing is announced there, and changes nothing.
use strict;
use warnings;
use Console;
use Debrief;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = new_cluster('primary', node => {}, init => {allows_streaming => 1});
sub sql { return $primary->safe_psql('postgres', $_[0]) }
my $owner = owner_id();
sql(qq{create role console login in role debrief_reader;
       create role olga login password 'of olga' in role debrief_admin;
       insert into debrief.video_recordings (user_id, storage_path) values ('$owner', '$owner/v.mp4');
       insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings});
my $job = sql('select id from debrief.analysis_jobs');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
my $hba = $standby->data_dir . '/pg_hba.conf';
my $old = PostgreSQL::Test::Utils::slurp_file($hba);
open(my $file, '>', $hba) or die $!;
print $file "local all olga scram-sha-256\n$old";
close $file;
$standby->reload;
$primary->wait_for_catchup($standby);

my $console = new_console('--dsn', 'host=' . $standby->host . ' port=' . $standby->port . ' dbname=postgres user=console');
my %json = ('Content-Type' => 'application/json');
my $login = $console->request('page', 'POST', '/api/login', content => '{"user":"olga","password":"of olga"}', headers => {%json});
is($login->{status}, 204, 'an operator signs in');
my @cookie = (Cookie => ($login->{headers}{'set-cookie'} =~ /^([^;]+)/)[0]);
is(decode_json($console->get('page', '/api/session', @cookie)->{content})->{is_standby}, JSON::PP::true, 'it says that it is a standby');
is($console->get('page', $_, @cookie)->{status}, 200, "$_ is read") for '/api/overview', '/api/analyses', "/api/analyses/$job";
my $refused = $console->request('page', 'POST', '/api/actions/pause', content => '{"stage":"audio"}', headers => {%json, @cookie});
is($refused->{status}, 409, 'nothing is changed there');
is(decode_json($refused->{content})->{error}{sqlstate}, '0A000', 'as PostgreSQL says');
my $stream = $console->stream("/api/events?topic=analysis:$job", @cookie);
is($stream->event('state')->{job}{id}, $job, 'a stream begins with the state');
my $item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'From afar.') returning id");
ok($stream->event_until('rows', sub { grep { $_->{id} == $item } @{$_[0]{items}} }), 'and has what the primary changed');
is($console->stop, 0, 'it ends');
$standby->stop;
$primary->stop;
done_testing();
