# The console's /metrics, /healthz and /readyz: one query for all who ask, and words where there is no answer.
use strict;
use warnings;
use Console;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('metrics');
$node->safe_psql('postgres', 'create database scratch');
sub sql { return $node->safe_psql('scratch', $_[0]) }
sub dsn { return 'host=' . $node->host . ' port=' . $node->port . " user=monitor dbname=$_[0]" }

like(refused_console('--lissen', 'x'), qr/unknown option: lissen\nTry --help/, 'an unknown option');
like(refused_console('--listen', '0.0.0.0:0'), qr/not loopback.*--behind-tls/, 'an address that everybody reaches');
like(refused_console('--dsn', 'nonsense=1'), qr/--dsn: invalid connection option "nonsense"/, 'a conninfo that libpq cannot read');

# A stand-in, so that every kind of value is there, and each call leaves a line in the server's log.
sql(q{create role monitor login;
      create schema debrief;
      create function debrief.metrics(with_installation boolean default false) returns table (metric text, labels jsonb, value float8) language plpgsql as $$
      #variable_conflict use_variable
      begin
          raise log 'metrics asked';
          return query values
              ('debrief_rows', jsonb_build_object('stage', 'audio', 'state', 'due'), 3::float8),
              ('debrief_stage_duration_seconds_bucket', jsonb_build_object('stage', 'audio', 'phase', 'call', 'le', '30'), 4),
              ('debrief_stage_duration_seconds_bucket', jsonb_build_object('stage', 'audio', 'phase', 'call', 'le', '+Inf'), 5),
              ('debrief_stage_duration_seconds_sum', jsonb_build_object('stage', 'audio', 'phase', 'call'), 61.5),
              ('debrief_stage_duration_seconds_count', jsonb_build_object('stage', 'audio', 'phase', 'call'), 5),
              ('debrief_finished_total', jsonb_build_object('stage', 'audio', 'outcome', 'failed', 'code', 'say "no"'), 2),
              ('debrief_copy', '{}'::jsonb, 0);
          return query select 'debrief_installation_differences', '{}'::jsonb, 2::float8 where with_installation;
      end $$;
      revoke execute on function debrief.metrics(boolean) from public});
sub asked { return scalar(() = PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /LOG:  metrics asked/g) }

my $console = new_console('--metrics-dsn', dsn('scratch'));
like(refused_console('--listen', $console->{page} =~ s{^http://}{}r), qr/cannot listen on .*: Address already in use/, 'a second one does not share the port');
sub scrape { return $console->get('metrics', '/metrics')->{content} }
is($console->get('metrics', '/healthz')->{status}, 200, 'it is alive');
is($console->get('metrics', '/metrics')->{status}, 200, 'a scrape is answered whatever the database says');
like(scrape(), qr/^debrief_up 0$/m, 'without the right to ask: debrief_up is 0');
unlike(scrape(), qr/debrief_rows/, 'and nothing is made up');
my $ready = $console->get('metrics', '/readyz');
is($ready->{status}, 503, 'not ready');
like($ready->{content}, qr/permission denied.*GRANT debrief_monitor/, 'with the reason and the way out');
like($console->log, qr/metrics: permission denied.*GRANT debrief_monitor/, 'which are in the log');

sql('grant usage on schema debrief to monitor; grant execute on function debrief.metrics(boolean) to monitor');
wait_until(sub { scrape() =~ /^debrief_up 1$/m }, 'the grant is seen');
my $before = asked();
scrape() for 1 .. 10;
cmp_ok(asked() - $before, '<=', 1, 'ten scrapers within a moment cost one query');
like(scrape(), qr/^debrief_rows\{stage="audio",state="due"\} 3$/m, 'a row is a series');
wait_until(sub { scrape(); asked() > $before + 1 }, 'the next queries');
like(scrape(), qr/^debrief_installation_differences 2$/m, 'what is asked for every ten minutes is kept between');
like($console->get('metrics', '/metrics')->{headers}{'content-type'}, qr{^text/plain; version=0.0.4}, 'in the text format');
SKIP: {
    skip 'Prometheus is not in the chroots of check-versions', 1 if $ENV{WITHOUT_PROMETHEUS};
    my ($out, $err);
    IPC::Run::run(['promtool', 'check', 'metrics'], '<', \scrape(), '>', \$out, '2>', \$err);
    is("$out$err", '', 'promtool finds nothing');
}

is($console->get('metrics', '/')->{status}, 404, 'nothing else is served there');
is($console->request('metrics', 'POST', '/metrics')->{status}, 405, 'and nothing is posted');
is($console->get('metrics', '/%00')->{status}, 400, 'a path that cannot be read is refused');

$node->restart;
wait_until(sub { scrape() =~ /^debrief_up 1$/m }, 'a restarted server is found again');
$node->stop;
wait_until(sub { scrape() =~ /^debrief_up 0$/m }, 'a stopped server is seen');
like($console->log, qr/metrics: the database answers.*metrics: .*(shut|terminat|closed|connection)/s, 'and logged');
$node->start;
wait_until(sub { scrape() =~ /^debrief_up 1$/m }, 'a server that comes back is found', 120);
pass('the console reconnects');
is($console->stop, 0, 'SIGTERM ends it');

my $other = new_console('--metrics-dsn', dsn('template1'));
like($other->get('metrics', '/readyz')->{content}, qr/does not exist.*CREATE EXTENSION pg_debrief/, 'a database without pg_debrief: what to do');
is($other->stop, 0, 'it ends');
$node->stop;
done_testing();
