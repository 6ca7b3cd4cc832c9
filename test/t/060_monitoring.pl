# monitoring/ at work: a real Prometheus scrapes a live pipeline, and every expression of rules and dashboard finds series; a
# provider that fails 20 % of the rows raises the alert, one that fails 0.5 % does not.
use strict;
use warnings;
use Console;
use Debrief;
use JSON::PP;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Prometheus;
use Test::More;

my $node = new_cluster('monitored');
my $stub = new_stub();
my $root = $stub->serve($node);
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql("create role watcher login; grant debrief_monitor to watcher");
my $dsn = 'host=' . $node->host . ' port=' . $node->port . ' user=watcher dbname=postgres';
my $console = new_console('--metrics-dsn', $dsn);
my ($console_address) = $console->{metrics} =~ m{//([^/]+)};

my $exporter_port = Prometheus::free_port();
local $ENV{DATA_SOURCE_NAME} = "$dsn sslmode=disable";
my $exporter = started_program($exporter_port, '/metrics', 'prometheus-postgres-exporter', '--disable-default-metrics', '--disable-settings-metrics',
    '--extend.query-path', 'monitoring/queries.yaml', "--web.listen-address=127.0.0.1:$exporter_port");

# The windows of hours and days are half a minute here.
my $prometheus = new_prometheus('monitoring', sub {
    s/\[(5m|30m|1h|6h|3d)\]/[30s]/g;
    s/interval: \d+s/interval: 1s/g;
    s/127\.0\.0\.1:8095/$console_address/g;
    s/127\.0\.0\.1:9187/127.0.0.1:$exporter_port/g;
});
sub series { return scalar($prometheus->query($_[0])) }
wait_until(sub { series('debrief_up{job="pg_debrief"} == 1') }, 'the console is scraped');
pass('Prometheus scrapes the console');

# One of everything: an analysis, one that fails, a feedback that is cancelled.
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = sql('select min(id) from debrief.analysis_jobs');
my $no = {status => 400, body => '{"error": {"code": "bad_request", "message": "no"}}'};
$stub->script('/v1/analyze', $no);
add_recording($node, $root, 'refused.mp4');
wait_for_sql($node, q{select count(*) = 1 from debrief.analysis_jobs where status = 'failed'});
sql(qq{select debrief.pause('ssml');
       insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Cancelled.');
       select debrief.cancel_feedback(max(id)) from debrief.analysis_feedback;
       select debrief.resume('ssml')});
pass('a row of every outcome');

my $samples = "\0\0" x 800;
my $yes = {headers => {'Content-Type' => 'audio/wav'},
    body_base64 => encode_base64('RIFF' . pack('V', 36 + length $samples) . 'WAVEfmt ' . pack('VvvVVvv', 16, 1, 1, 8000, 16000, 2, 16) . 'data' . pack('V', length $samples) . $samples, '')};
sub speak
{
    my (@answers) = @_;
    $stub->script('/v1/speech', @answers);
    sql("insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Words ' || i from generate_series(1, " . @answers . ') i');
    wait_for_sql($node, q{select not exists (select from debrief.analysis_feedback where audio_status in ('queued', 'processing') and ssml_status <> 'failed')});
}
my $failures = 'ALERTS{alertname="DebriefFailures", of="feedback", job="pg_debrief"}';

speak(($yes) x 199, $no);
wait_until(sub { series('debrief:ended:increase1h{of="feedback", job="pg_debrief"} > 150 and debrief:failed:ratio_rate1h > 0.001') }, 'the failure is seen');
cmp_ok(($prometheus->query('max_over_time(debrief:failed:ratio_rate1h{of="feedback", job="pg_debrief"}[1m])'))[0]{value}[1], '<', 0.01, 'one of 200 failed');
is(series("count_over_time(${failures}[1m])"), 0, 'which raises no alert');

speak(map { $_ % 5 ? $yes : $no } 1 .. 600);
wait_until(sub { series('ALERTS{alertname="DebriefFailures", of="feedback", job="pg_debrief", window="1h", alertstate="firing"}') }, 'one of five failed: the alert fires');
pass('a provider that fails 20 % raises the alert');

# promtool's judgement of what the console serves.
my $metrics = $console->get('metrics', '/metrics')->{content};
my ($out, $err);
IPC::Run::run(['promtool', 'check', 'metrics'], '<', \$metrics, '>', \$out, '2>', \$err);
is("$out$err", '', 'promtool finds nothing to say about /metrics');
cmp_ok(scalar(() = $metrics =~ /^debrief_/mg), '<', 300, 'a database has few series');

# Every expression. An alert that does not fire has none: its parts do.
sub finds
{
    my ($expression, $name) = @_;
    my $found = eval { wait_until(sub { series($expression) }, 'series', 15) };
    ok($found, $name) or diag($expression, ' ', $@);
}
for my $rule ($prometheus->rules) {
    my ($name, $expression, $health, $error, $type) = @$rule;
    is("$health$error", 'ok', "$name is evaluated");
    my @parts = $type eq 'recording' ? $expression : $expression =~ /\b(?:debrief[_:][\w:]+|up\{[^}]+\})/g;
    finds($_, "$name finds $_") for @parts;
}
my %variables = (job => 'pg_debrief', instance => '.+', __rate_interval => '30s', __range => '1m');
for my $panel (@{decode_json(slurp_file('monitoring/dashboard.json'))->{panels}}) {
    for my $target (@{$panel->{targets} // []}) {
        (my $expression = $target->{expr}) =~ s/\$(\w+)/$variables{$1}/g;
        finds($expression, "$panel->{title}: $target->{legendFormat}");
    }
}

# The second way gives the same series.
sub labels
{
    my ($job) = @_;
    my @found = map { $_->{metric} } $prometheus->query(qq[{__name__=~"debrief_.+", __name__!~"debrief_(console|scrape).+", job="$job"}]);
    delete @$_{qw(job instance)} for @found;
    return join "\n", sort map { my $metric = $_; join ' ', map { "$_=$metric->{$_}" } sort keys %$metric } @found;
}
eval { wait_until(sub { labels('pg_debrief_exporter') eq labels('pg_debrief') }, 'the same', 20) };
is(labels('pg_debrief_exporter'), labels('pg_debrief'), 'the exporter gives the series that the console gives');

$console->stop;
$node->stop;
done_testing();
