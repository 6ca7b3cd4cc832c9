# Who may sign in to the console, what they see there and what they may do: as PostgreSQL says.
use strict;
use warnings;
use Console;
use Debrief;
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('access');
sub sql { return $node->safe_psql('postgres', $_[0]) }
my $owner = owner_id();
my $other = '22222222-2222-4222-8222-222222222222';
my $stub = new_stub();
my $root = $stub->serve($node);
sql(qq{
    create role console login in role debrief_reader;
    create role olga login password 'operator''s'; grant debrief_admin to olga;
    create role rita login password 'reads'; grant debrief_reader to rita;
    create role paul login password 'person'; grant debrief_app to paul; alter role paul set debrief.user_id = '$owner';
    create role nobody_at_all login password 'nothing';
    create role mona login password 'counts'; grant debrief_monitor to mona;
    create role root_role superuser login password 'all';
    create role trusted login password 'unasked'; grant debrief_reader to trusted;
    create role web login noinherit in role debrief_app, debrief_reader});
add_recording($node, $root, 'own.mp4', 'own video');
sql(qq{insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('$other', '$other/other.mp4', 'completed')});
wait_for_sql($node, q{select count(*) > 0 and bool_and(status in ('completed', 'failed')) from debrief.analysis_jobs});
my ($own_job, $other_job) = map { sql("select id from debrief.analysis_jobs where user_id = '$_'") } $owner, $other;
my $own_item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($own_job, 'Mine.') returning id");
my $other_item = sql("insert into debrief.analysis_feedback (analysis_job_id, message) values ($other_job, 'Not yours.') returning id");

my $hba = $node->data_dir . '/pg_hba.conf';
PostgreSQL::Test::Utils::append_to_file("$hba.new", "local all console,web trust\nlocal all trusted trust\nlocal all olga,rita,paul,nobody_at_all,mona,root_role scram-sha-256\n"
    . PostgreSQL::Test::Utils::slurp_file($hba));
rename "$hba.new", $hba;
$node->reload;

my $dsn = 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres';
my $console = new_console('--dsn', "$dsn user=console", '--host', 'console.example.org');
sub json { my ($answer) = @_; return eval { decode_json($answer->{content}) } // {} }
sub post
{
    my ($path, $body, %headers) = @_;
    return $console->request('page', 'POST', $path, content => encode_json($body), headers => {'Content-Type' => 'application/json', %headers});
}
sub login { my ($user, $password) = @_; return post('/api/login', {user => $user, password => $password}) }
sub cookie { my ($answer) = @_; return (($answer->{headers}{'set-cookie'} // '') =~ /^(debrief_session=[^;]+)/)[0] }
sub get { my ($cookie, $path, %headers) = @_; return $console->get('page', $path, Cookie => $cookie, %headers) }

# Signing in.
is($console->get('page', '/api/session')->{status}, 401, 'nobody has signed in');
is(login('olga', 'wrong')->{status}, 401, 'a wrong password');
is(login('ghost', 'wrong')->{status}, 401, 'a role that does not exist');
is(login('olga', '')->{status}, 400, 'no password');
for (['root_role', 'all', qr/Superusers/], ['nobody_at_all', 'nothing', qr/no access to pg_debrief/], ['mona', 'counts', qr/no access to pg_debrief/],
     ['trusted', 'unasked', qr/asked for no password/], ['console', 'anything', qr/asked for no password/]) {
    my ($role, $password, $words) = @$_;
    my $answer = login($role, $password);
    is($answer->{status}, 403, "$role is refused");
    like(json($answer)->{error}{message}, $words, 'with the reason');
    is(cookie($answer), undef, 'and gets no cookie');
}
my %cookies;
for (['olga', q{operator's}], ['rita', 'reads'], ['paul', 'person']) {
    my ($role, $password) = @$_;
    my $answer = login($role, $password);
    is($answer->{status}, 204, "$role signs in");
    like($answer->{headers}{'set-cookie'}, qr/HttpOnly; SameSite=Strict$/, 'with a strict cookie');
    $cookies{$role} = cookie($answer);
    my $session = json(get($cookies{$role}, '/api/session'));
    is($session->{role}, $role, 'as themselves');
    is(sql("select count(*) from pg_stat_activity where usename = '$role' and application_name = 'pg_debrief_console:$role'"), 1, 'which pg_stat_activity shows');
}
my $session = json(get($cookies{paul}, '/api/session'));
is_deeply([@{$session}{qw(mode user_id database)}], ['login', $owner, 'postgres'], 'who it is');
is_deeply($session->{can}, {read_all => JSON::PP::false, operate => JSON::PP::false, own => JSON::PP::true}, 'and what they may');

# Each role and each road, as PostgreSQL says.
my %expected = (  # olga, rita, paul, nobody
    '/api/overview' => [200, 200, 403, 401],
    '/api/analyses' => [200, 200, 200, 401],
    '/api/failures' => [200, 200, 200, 401],
    '/api/operations' => [200, 200, 403, 401],
    '/api/operations?before=x' => [400, 400, 400, 401],
    '/api/operations?before=1.5_abc' => [400, 400, 400, 401],
    "/api/analyses/$own_job" => [200, 200, 200, 401],
    "/api/analyses/$other_job" => [200, 200, 404, 401],
    "/api/analyses/$own_job/explain" => [200, 200, 200, 401],
    "/api/analyses/$other_job/explain" => [200, 200, 404, 401],
    "/api/feedback/$other_item/explain" => [200, 200, 404, 401],
    '/api/stages/audio/explain' => [200, 200, 403, 401],
    "/api/events?topic=analysis:$other_job" => [undef, undef, 404, 401],
    '/api/events?topic=overview' => [undef, undef, 404, 401],
    '/api/events?topic=nonsense' => [400, 400, 400, 401],
    '/api/analyses/none' => [404, 404, 404, 401],
    '/api/analyses/999999' => [404, 404, 404, 401],
    '/api/analyses?limit=1000' => [400, 400, 400, 401],
    '/api/analyses?before=x' => [400, 400, 400, 401],
    '/api/analyses?user=nobody' => [400, 400, 400, 401],
    '/sounds/999999/0' => [404, 404, 404, 401],
    '/recordings/999999' => [404, 404, 404, 401],
);
for my $path (sort keys %expected) {
    my @roles = ('olga', 'rita', 'paul', undef);
    for my $i (0 .. 3) {
        my $status = $expected{$path}[$i] // next;
        is(get($roles[$i] ? $cookies{$roles[$i]} : '', $path)->{status}, $status, "$path as " . ($roles[$i] // 'nobody'));
    }
}
my @actions = (  # olga, rita, paul
    ['pause', {stage => 'ssml'}, 200, 403, 403],
    ['resume', {stage => 'ssml'}, 200, 403, 403],
    ['pause_server', {server => 'stub'}, 200, 403, 403],
    ['resume_server', {server => 'stub'}, 200, 403, 403],
    ['set_rollout', {stage => 'audio', percent => 100}, 200, 403, 403],
    ['activate_copy', {}, 200, 403, 403],
    ['retry_failed', {error_code => 'none such'}, 200, 403, 200],
    ['rate_feedback', {feedback_id => $own_item, rating => 'up'}, 200, 403, 200],
    ['rate_feedback', {feedback_id => $other_item, rating => 'down'}, 200, 403, 404],
    ['rate_feedback', {feedback_id => $own_item, rating => 'great'}, 409, 403, 409],
    ['cancel_feedback', {feedback_id => $other_item}, undef, 403, 404],
    ['dismiss_feedback', {feedback_id => 999_999}, 404, 403, 404],
    ['drop_table', {}, 404, 404, 404],
    ['pause', {}, 400, 400, 400],
    ['pause', {stage => 'ssml', extra => 1}, 400, 400, 400],
    ['pause', {stage => ['ssml']}, 400, 400, 400],
);
for (@actions) {
    my ($name, $arguments, @statuses) = @$_;
    for my $i (0 .. 2) {
        my $role = ('olga', 'rita', 'paul')[$i];
        next unless defined $statuses[$i];
        my $answer = post("/api/actions/$name", $arguments, Cookie => $cookies{$role});
        is($answer->{status}, $statuses[$i], "$name as $role") or diag $answer->{content};
    }
}
is(json(post('/api/actions/pause', {stage => 'ssml'}, Cookie => $cookies{rita}))->{error}{sqlstate}, '42501', 'a refusal is PostgreSQL\'s');
post('/api/actions/resume', {stage => 'ssml'}, Cookie => $cookies{olga});

is(sql(q{select string_agg(distinct login || ' ' || action || ' ' || target, ',') from debrief.operations where action = 'pause' and login <> 'postgres'}), 'olga pause ssml', 'who paused what is on record');

# The record, newest first, page by page, and by who, what and whom.
sub operations { my ($query) = @_; return json(get($cookies{rita}, "/api/operations?$query")) }
my @all = split /\n/, sql(q{select action || ' ' || target from debrief.operations order by at desc, id desc});
my ($before, @read) = ('');
do {
    my $page = operations("limit=2$before");
    push @read, map { "$_->{action} $_->{target}" } @{$page->{rows}};
    $before = defined $page->{next} ? "&before=$page->{next}" : undef;
} while (defined $before && @read < 100);
is_deeply(\@read, \@all, 'every operation is on one page');
is_deeply([map { $_->{action} } @{operations('who=OLGA&action=pause&target=SM')->{rows}}], ['pause'], 'filters');
is_deeply(operations('who=ghost')->{rows}, [], 'that may match none');

# A copy says that it is one; only an operator lets it work.
sub is_copy { return json(get($cookies{$_[0]}, '/api/session'))->{is_copy} }
sql(q{update debrief.installation set system_identifier = 'copy'});
ok(is_copy($_), "$_ sees that it is a copy") for 'olga', 'rita';
# The overview is asked for once a second for all who look.
wait_until(sub { (json(get($cookies{rita}, '/api/overview'))->{stages}[0]{state} // '') eq 'copy' }, 'nothing runs in it');
is(post('/api/actions/activate_copy', {}, Cookie => $cookies{rita})->{status}, 403, 'a reader does not activate it');
ok(is_copy('rita'), 'so it stays one');
is(post('/api/actions/activate_copy', {}, Cookie => $cookies{olga})->{status}, 200, 'an operator does');
ok(!is_copy('rita'), 'then it is none');
is(sql(q{select login from debrief.operations where action = 'activate_copy'}), 'olga', 'and who it was is on record');

# Lists.
is(scalar(@{json(get($cookies{olga}, '/api/analyses'))->{rows}}), 2, 'an operator sees all');
is_deeply([map { $_->{id} } @{json(get($cookies{paul}, '/api/analyses'))->{rows}}], [$own_job], 'an owner sees their own');
my $page = json(get($cookies{olga}, '/api/analyses?limit=1'));
is($page->{rows}[0]{id}, $other_job, 'newest first');
is(json(get($cookies{olga}, "/api/analyses?limit=1&before=$page->{next}"))->{rows}[0]{id}, $own_job, 'and the next page');
is(scalar(@{json(get($cookies{olga}, '/api/analyses?q=OTHER'))->{rows}}), 1, 'by words of the file');
is(scalar(@{json(get($cookies{olga}, "/api/analyses?user=$owner&status=queued"))->{rows}}), 0, 'by owner and state');
my $analysis = json(get($cookies{paul}, "/api/analyses/$own_job"));
is_deeply([map { $_->{message} } grep { $_->{id} == $own_item } @{$analysis->{items}}], ['Mine.'], 'an analysis with its items');
ok(!exists $analysis->{job}{raw_response}, 'without the raw answer');

# A search looks at the newest 10,000 rows, and says where it stopped; who goes on from there misses none.
sql(q{
    set session_replication_role = replica;
    with recording as (insert into debrief.video_recordings (user_id, storage_path, file_size)
                       select gen_random_uuid(), 'hay', n from generate_series(0, 10050) n returning id, user_id, file_size as n)
    insert into debrief.analysis_jobs (video_recording_id, user_id, status, error_code, updated_at)
    select id, user_id, 'failed', case when n = 0 then 'needle' when n % 500 in (50, 51) then 'straw' else 'hay' end,
           case n when 0 then now() - interval '1 hour' else now() end from recording order by n;
    insert into debrief.operations (action, target, login, role) select 'hay', n, 'hay', 'hay' from generate_series(1, 10050) n});
sub list { return json(get($cookies{olga}, "/api/$_[0]")) }
for my $search ('analyses?q=OWN', 'failures?code=needle', 'failures?stage=analysis&code=needle', 'operations?who=olga&action=pause&target=SM') {
    my $first = list($search);
    is_deeply($first->{rows}, [], "$search: not among the newest");
    like($first->{searched_to}, qr/^20\d\d-\d\d-\d\dT/, 'which it says');
    my $further = list("$search&before=$first->{next}");
    is(scalar(@{$further->{rows}}), 1, 'and going on finds it');
    is_deeply([@{$further}{qw(next searched_to)}], [undef, undef], 'and the end');
}
$page = list('failures?code=hay&limit=200');
is_deeply([scalar(@{$page->{rows}}), $page->{searched_to}], [200, undef], 'a page that is full has looked no further');
my @straws = list('failures?code=straw&limit=200');
push @straws, list("failures?code=straw&limit=200&before=$straws[0]{next}");
is_deeply([map { scalar @{$_->{rows}} } @straws], [40, 1], 'the last row looked at is the 10,000th, though all failed at the same time');
is_deeply([map { $_->{analysis_job_id} } map { @{$_->{rows}} } @straws],
          [split /\n/, sql(q{select id from debrief.analysis_jobs where error_code = 'straw' order by id desc})], 'so that none is missed and none comes twice');
is_deeply([map { $_->{id} } @{list("analyses?user=$owner&q=own")->{rows}}], [$own_job], 'of one user it looks at their newest');
is_deeply([map { $_->{id} } @{list("analyses?user=$owner")->{rows}}], [$own_job], 'and without words at all that is there');
is(sql("select status from debrief.analysis_jobs where id = $own_job"), 'completed', 'one is completed');
is((map { $_->{id} } @{list('analyses?status=completed')->{rows}})[-1], $own_job, 'and is found behind 10,050 that are not');

# The rows of the overview keep their places while nothing changes: somebody is about to press a button there.
sql(q{
    set session_replication_role = replica;
    with recording as (insert into debrief.video_recordings (user_id, storage_path, file_size)
                       select gen_random_uuid(), 'equal', n from unnest(array[4, 1, 5, 3, 2, 6]) n returning id, user_id, file_size as n)
    insert into debrief.analysis_jobs (video_recording_id, user_id, status, error_code) select id, user_id, 'failed', 'code_' || n from recording});
my @codes;
wait_until(sub { @codes = grep { /^code_/ } map { $_->{error_code} } @{list('overview')->{failures}}; @codes == 6 }, 'six codes failed once each');
is_deeply(\@codes, [map { "code_$_" } 1 .. 6], 'and stand by name');

# Other sites.
for (['foreign Host' => 'GET', {Host => 'evil.example.org'}, 403], ['listed Host' => 'GET', {Host => 'console.example.org'}, 200],
     ['another site reads' => 'GET', {'Sec-Fetch-Site' => 'cross-site'}, 403]) {
    my ($name, $method, $headers, $status) = @$_;
    my ($where) = $console->{page} =~ m{//([^/]+)};
    is($console->raw('page', $method, '/api/session', Host => $where, Cookie => $cookies{olga}, %$headers), $status, $name);
}
for (['another site', {'Sec-Fetch-Site' => 'cross-site'}], ['a site of the same domain', {'Sec-Fetch-Site' => 'same-site'}],
     ['foreign Origin', {Origin => 'http://evil.example.org'}], ['text/plain', {'Content-Type' => 'text/plain'}]) {
    my ($name, $headers) = @$_;
    is(post('/api/actions/pause', {stage => 'ssml'}, Cookie => $cookies{olga}, %$headers)->{status}, 403, "$name: refused");
}
is(sql(q{select count(*) from debrief.stages where paused}), 0, 'and nothing was paused');
my $headers = $console->get('page', '/api/session')->{headers};
like($headers->{'content-security-policy'}, qr/default-src 'none'.*require-trusted-types-for 'script'/, 'a strict policy on every answer');
is_deeply([@{$headers}{qw(x-content-type-options referrer-policy cache-control)}], ['nosniff', 'no-referrer', 'no-store'], 'and the other headers');

# One who waits for a lock keeps nobody else waiting, however much they ask for meanwhile.
my $locker = $node->background_psql('postgres', on_error_stop => 1);
$locker->query('begin; lock table debrief.analysis_feedback in access exclusive mode');
my ($host, $port) = $console->{page} =~ m{//([^:]+):(\d+)};
sub ask
{
    my ($head, $body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or die "connect: $!";
    print $socket join "\r\n", "$head HTTP/1.1", "Host: $host:$port", "Cookie: $cookies{olga}", 'Content-Type: application/json', 'Connection: close',
        'Content-Length: ' . length $body, '', $body;
    return $socket;
}
my $rating = ask('POST /api/actions/rate_feedback', qq({"feedback_id":$own_item,"rating":"up"}));
my $waits = q{select count(*) = 1 from pg_stat_activity where usename = 'olga' and wait_event_type = 'Lock'};
wait_for_sql($node, $waits);
my @asked = map { ask('GET /api/session', '') } 1 .. 12;
is(get($cookies{rita}, '/api/session')->{status}, 200, 'another is answered');
is(sql($waits), 't', 'while they wait');
like(join('', readline $asked[-1]), qr{^HTTP/1\.1 503 .*still busy with an earlier request}s, 'they are told why they wait');
$locker->quit;
like(join('', readline $rating), qr{^HTTP/1\.1 200 }, 'what held them up is done in the end');
is(get($cookies{olga}, '/api/session')->{status}, 200, 'and they go on');

# A session ends.
my @watching = map { $console->stream('/api/events?topic=overview', Cookie => $cookies{$_}) } 'rita', 'olga';
ok($_->event('state'), 'the session follows the pipeline') for @watching;
is(post('/api/logout', {}, Cookie => $cookies{rita})->{status}, 204, 'a session ends');
is(get($cookies{rita}, '/api/session')->{status}, 401, 'its cookie is worth nothing');
wait_for_sql($node, q{select count(*) = 0 from pg_stat_activity where usename = 'rita'});
sql(q{select pg_terminate_backend(pid) from pg_stat_activity where usename = 'olga'});
ok($_->ends, 'what a session follows ends with it, and with its connection') for @watching;
wait_until(sub { get($cookies{olga}, '/api/session')->{status} == 401 }, 'a connection that breaks ends its session');

# A password that is right is not called wrong when PostgreSQL has no room.
sql('alter role rita connection limit 0');
my $full = login('rita', 'reads');
is($full->{status}, 503, 'a role whose connections are all in use');
like(json($full)->{error}{message}, qr/too many connections/, 'as PostgreSQL says');
sql('alter role rita connection limit -1');

# Wrong passwords wait; others do not.
my @statuses = map { login('olga', "guess $_")->{status} } 1 .. 20;
ok(scalar(grep { $_ == 429 } @statuses) >= 15, 'twenty wrong passwords are throttled') or diag "@statuses";
# On a busy machine the second to wait may be over before the next request.
my $throttled;
wait_until(sub { login('olga', 'guess') for 1 .. 5; $throttled = login('olga', q{operator's}); $throttled->{status} == 429 }, 'the right one is throttled, too');
cmp_ok($throttled->{headers}{'retry-after'}, '>=', 1, 'the right one too, and says how long');
is(login('paul', 'person')->{status}, 204, 'another role is not');
unlike($console->log, qr/operator's|guess|person/, 'no password is in the log');
is($console->stop, 0, 'it ends');
$stub->stop;
$node->stop;
done_testing();
