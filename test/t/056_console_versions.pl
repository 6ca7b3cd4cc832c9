# A console beside an extension of an earlier version says which one it needs, and works when it is there.
use strict;
use warnings;
use Console;
use Debrief;
use JSON::PP;
use Test::More;

plan skip_all => 'the scripts of 0.9 are not installed: run_tap does it as root' if !$ENV{OLD_SCRIPTS};
my $node = new_cluster('versions', bare => 1);
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql(q{create extension pg_debrief version '0.9';
      create role console login in role debrief_reader;
      create role olga login password 'of olga' in role debrief_admin});
my $hba = $node->data_dir . '/pg_hba.conf';
my $old = PostgreSQL::Test::Utils::slurp_file($hba);
open(my $file, '>', $hba) or die $!;
print $file "local all olga scram-sha-256\n$old";
close $file;
$node->reload;

my @dsn = ('--dsn', 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres user=console');
my ($console, $open) = (new_console(@dsn), new_console(@dsn, '--open'));
sub login { return $console->request('page', 'POST', '/api/login', content => '{"user":"olga","password":"of olga"}', headers => {'Content-Type' => 'application/json'}) }
for ([login(), 'a login'], [$open->get('page', '/api/session'), 'an open console'], [$open->get('page', '/api/overview'), 'the overview'],
     [$open->get('page', '/api/events?topic=overview'), 'a stream']) {
    my ($answer, $what) = @$_;
    is($answer->{status}, 501, "$what is refused");
    my $error = decode_json($answer->{content})->{error};
    is($error->{message}, 'Database postgres has pg_debrief 0.9, and this console needs 1.0 or newer.', 'in words');
    like($error->{hint}, qr/ALTER EXTENSION pg_debrief UPDATE/, 'with what to do');
}
my $ready = $console->get('metrics', '/readyz');
is($ready->{status}, 503, 'it is not ready');
like($ready->{content}, qr/needs 1\.0 or newer/, 'and says why');

sql('alter extension pg_debrief update');
is(login()->{status}, 204, 'after the update an operator signs in');
is($open->get('page', $_)->{status}, 200, "$_ is read") for '/api/session', '/api/overview', '/api/analyses', '/api/failures', '/api/operations';
is($_->stop, 0, 'it ends') for $console, $open;
$node->stop;
done_testing();
