# Certificates are checked for real: the right authority, the right name, the right time. And nobody is
# called where the operator does not allow it.
use strict;
use warnings;
use Debrief;
use Home;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = new_folder();
chmod 0755, $folder;
sub openssl { system('openssl', @_) == 0 or die "openssl @_" }

sub authority
{
    my ($name) = @_;
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', "$folder/$name.key", '-out', "$folder/$name.pem", '-days', '2',
        '-subj', "/CN=$name", '-addext', 'basicConstraints=critical,CA:TRUE');
}
# A server's certificate; `days` may be negative only by its dates: it is issued in the past then.
sub certificate
{
    my ($name, $by, $host, @dates) = @_;
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', "$folder/$name.key", '-out', "$folder/$name.csr", '-subj', "/CN=$host");
    my $kind = $host =~ /^[0-9.]+$/ ? 'IP' : 'DNS';
    append_to_file("$folder/$name.ext", "subjectAltName=$kind:$host\n");
    if (@dates)
    {
        append_to_file("$folder/index.txt", '');
        append_to_file("$folder/ca.cnf", join "\n", '[ca]', 'default_ca=d', '[d]', "database=$folder/index.txt", "new_certs_dir=$folder", "rand_serial=yes",
            'default_md=sha256', 'policy=p', '[p]', 'commonName=supplied', '');
        openssl('ca', '-batch', '-config', "$folder/ca.cnf", '-cert', "$folder/$by.pem", '-keyfile', "$folder/$by.key", '-in', "$folder/$name.csr",
            '-out', "$folder/$name.pem", '-startdate', $dates[0], '-enddate', $dates[1], '-extfile', "$folder/$name.ext", '-notext');
    }
    else
    {
        openssl('x509', '-req', '-in', "$folder/$name.csr", '-CA', "$folder/$by.pem", '-CAkey', "$folder/$by.key", '-CAcreateserial',
            '-out', "$folder/$name.pem", '-days', '1', '-extfile', "$folder/$name.ext");
    }
}
authority('ours');
authority('theirs');
certificate('good', 'ours', '127.0.0.1');
certificate('alien', 'theirs', '127.0.0.1');
certificate('misnamed', 'ours', 'elsewhere.example');
certificate('expired', 'ours', '127.0.0.1', '20200101000000Z', '20200102000000Z');

my $node = new_cluster('tls', conf => "pg_debrief.ca_file = '$folder/ours.pem'");
my %emulator;
for my $name (qw(good alien misnamed expired))
{
    $emulator{$name} = new_emulator('openai', cert => "$folder/$name.pem", certkey => "$folder/$name.key", set => {require_key => 0});
    my $url = $emulator{$name}->url;
    $node->safe_psql('postgres', "create server $name foreign data wrapper debrief options (kind 'openai', base_url '$url/v1', speech_model 'gpt-4o-mini-tts')");
}
sub tried { my ($server) = @_; return $node->safe_psql('postgres', "select ok, message from debrief.test_server('$server')") }

like(tried('good'), qr/^t\|/, 'a certificate of our authority for the right name is good');
like(tried('alien'), qr/^f\|.*certificate/, 'one of another authority is not');
like(tried('misnamed'), qr/^f\|.*(name|subject)/, 'nor one for another name');
like(tried('expired'), qr/^f\|.*expired/, 'nor one whose time is over');
is(scalar(map { $emulator{$_}->requests() } qw(alien misnamed expired)), 0, 'no request went to any of them');
cmp_ok(scalar(() = $emulator{good}->requests()), '>', 0, 'but to the good one');

# The authority of the setting is changed without a restart.
configure($node, "pg_debrief.ca_file = '$folder/theirs.pem'");
wait_until(sub { tried('alien') =~ /^t/ }, 'the other authority is trusted after a reload');
pass('the other authority is trusted after a reload');

# A row that meets a bad certificate waits for the server, and is not charged.
$node->safe_psql('postgres', qq{
    update debrief.stages set server = 'expired' where stage = 'audio';
    insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/x.mp4');
    insert into debrief.analysis_jobs (video_recording_id, status) select id, 'completed' from debrief.video_recordings;
    insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'Hello.' from debrief.analysis_jobs;});
wait_for_sql($node, q{select state in ('parked', 'probing') and reason like 'unreachable%' from debrief.stage_status where stage = 'audio'}, 'the server is left alone');
is($node->safe_psql('postgres', 'select audio_status, audio_attempts from debrief.analysis_feedback'), 'queued|0', 'the row waits, uncharged');

# Hosts that are not listed: neither plain http nor an address of our own.
configure($node, "pg_debrief.allowed_hosts = ''");
wait_until(sub { tried('good') =~ /allowed_hosts/ }, 'the list is read again');
like(tried('good'), qr/^f\|.*address.*allowed_hosts/, 'an address that is not public is not called, by https either');
$node->safe_psql('postgres', q{create server plain foreign data wrapper debrief options (kind 'http', base_url 'http://example.com')});
like(tried('plain'), qr/^f\|.*plain http.*allowed_hosts/, 'and no public one by plain http');
my ($status, $out, $err) = $node->psql('postgres', q{alter system set pg_debrief.allowed_hosts = 'http://127.0.0.1/'});
like($err, qr/"\/" is in no host/, 'what is no host is refused where it is written');

$node->stop;
done_testing();
