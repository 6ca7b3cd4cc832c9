# The console's page, as it was built: behind a prefix and a proxy, and without a database.
use strict;
use warnings;
use Console;
use Debrief;
use IO::Uncompress::Gunzip qw(gunzip);
use Test::More;

my $none = 'host=' . new_folder() . ' dbname=none user=none';
my $console = new_console('--dsn', $none, '--path-prefix', '/debrief', '--behind-tls');
sub get { my ($path, %headers) = @_; return $console->get('page', $path, %headers) }

my $index = get('/debrief/');
is($index->{status}, 200, 'the page is there without a database');
like($index->{headers}{'content-type'}, qr{^text/html}, 'as HTML');
is($index->{headers}{'cache-control'}, 'no-cache', 'and is asked for each time');
is(get('/debrief/', 'If-None-Match' => $index->{headers}{etag})->{status}, 304, 'by its tag');
unlike($index->{content}, qr{(?:src|href)="/(?!debrief/)}, 'it names its files below the prefix');
unlike($index->{content}, qr{<script(?![^>]*src=)|style=}, 'and has nothing inline');
is(get($_)->{content}, $index->{content}, "$_ is the page") for '/debrief', '/debrief/analyses/7', '/debrief/play/7', '/debrief/failures', '/debrief/operations', '/debrief/login';
is(get($_)->{content}, $index->{content}, "$_ is the same page") for '/debrief/failures/', '/debrief/analyses/7/';
is(get($_)->{status}, 404, "$_ is not") for '/', '/debriefs', '/debrief/analyses/x', '/debrief/assets/none.js', '/debrief/../etc/passwd', '/debrief/nothing';
my $typed = get('/debrief/nothing', 'Sec-Fetch-Mode' => 'navigate');
is($typed->{status}, 404, 'an address that somebody opens is not there either');
is($typed->{content}, $index->{content}, 'and the page says so');
my ($script) = $index->{content} =~ m{/assets/(app-\w+\.js)};
is(get($_)->{headers}{'debrief-page'}, $script, "the answer to $_ names the page's script") for '/debrief/', '/debrief/api/session';
is($console->request('page', 'POST', '/debrief/', headers => {'Content-Type' => 'application/json'})->{status}, 405, 'nothing is posted to it');
my @assets = $index->{content} =~ m{"(/debrief/assets/[^"]+)"}g;
ok(@assets > 0, 'it has files');
for my $path (@assets) {
    my $plain = get($path);
    is($plain->{headers}{'cache-control'}, 'public, max-age=31536000, immutable', "$path never changes");
    my $packed = get($path, 'Accept-Encoding' => 'gzip, br');
    is($packed->{headers}{'content-encoding'}, 'gzip', 'it comes packed');
    gunzip(\$packed->{content}, \my $unpacked);
    is($unpacked, $plain->{content}, 'and is the same');
}

sub post { my ($path, $body, %headers) = @_; return $console->request('page', 'POST', $path, content => $body, headers => {'Content-Type' => 'application/json', %headers}) }
is(post('/debrief/api/login', '{"user":"a","password":"b"}')->{status}, 503, 'no login without a database');
is(post('/debrief/api/login', $_)->{status}, 400, 'a login that is none') for '', '[]', '{"user":"a"}', '{"user":1,"password":"b"}', '{"user":"a\u0000","password":"b"}';
is(post('/debrief/api/login', '{"user":"' . 'x' x 70_000 . '"}')->{status}, 413, 'a request that is too long');
is(get('/debrief/api/login')->{status}, 405, 'a password is not in an address');
is(post('/debrief/api/logout', '{}')->{headers}{'set-cookie'}, 'debrief_session=; Path=/debrief; HttpOnly; SameSite=Strict; Secure; Max-Age=0', 'behind a proxy cookies are for https');
like(get('/debrief/%ff')->{content}, qr/"message":"The path cannot be read."/, 'errors are JSON with words');
is($console->get('metrics', '/healthz')->{status}, 200, 'it is alive');
like($console->get('metrics', '/metrics')->{content}, qr/^debrief_up 0$/m, 'and says that the database is not');

# A proxy names the client: one that guesses is throttled, another is not.
my @guesses = map { post('/debrief/api/login', '{"user":"a","password":"wrong"}', 'X-Forwarded-For' => "1.1.1.$_, 10.0.0.1")->{status} } 1 .. 10;
ok(scalar(grep { $_ == 429 } @guesses), 'one address is throttled, whatever else stands before it') or diag "@guesses";
is(post('/debrief/api/login', '{"user":"a","password":"wrong"}', 'X-Forwarded-For' => '10.0.0.2')->{status}, 503, 'another is not');
is($console->stop, 0, 'it ends');
done_testing();
