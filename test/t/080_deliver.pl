# Stage deliver: a receiver that checks signatures, one that refuses, is slow, is gone, or is killed.
use strict;
use warnings;
use Debrief;
use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use Digest::SHA qw(hmac_sha256);
use PostgreSQL::Test::Utils;
use Test::More;

my $secret = 'whsec_' . encode_base64('0123456789abcdefghijklmn', '');
my $folder = new_folder();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $stub = new_stub();
my $keys = "$folder/keys";
append_to_file($keys, "hook 127.0.0.1:$port $secret\nother 127.0.0.1:$stub->{port} $secret\nwrong 127.0.0.1:$port whsec_d3Jvbmc=\n");
chmod 0400, $keys;

my $node = new_cluster('deliver', conf => "restart_after_crash = on\npg_debrief.key_file = '$keys'\npg_debrief.attempt_history = 'all'\npg_debrief.safety_poll = '1s'");
sub sql { return $node->safe_psql('postgres', $_[0]) }

# The example, as a process.
my $receiver;
sub start_receiver
{
    local $ENV{WEBHOOK_SECRET} = $secret;
    $receiver = start_program(['python3', dirname(__FILE__) . '/../../examples/webhook/receiver.py', $port], out => "$folder/taken");
    wait_until(sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }, 'the receiver listens');
}
sub stop_receiver { return unless $receiver; local $?; kill 'KILL', $receiver; waitpid $receiver, 0; undef $receiver }
END { stop_receiver() }
sub taken { return map { decode_json($_) } split /\n/, -e "$folder/taken" ? slurp_file("$folder/taken") : '' }

my $stub_url = $stub->url;
sql(qq{
    create server fake foreign data wrapper debrief options (kind 'fake');
    update debrief.stages set server = 'fake', backoff_base_ms = 10;
    create server hook foreign data wrapper debrief options (kind 'webhook', base_url 'http://127.0.0.1:$port/hook', key 'hook');
    create server other foreign data wrapper debrief options (kind 'webhook', base_url '$stub_url/hook', key 'other');
    create server wrong foreign data wrapper debrief options (kind 'webhook', base_url 'http://127.0.0.1:$port', key 'wrong');
    create server far foreign data wrapper debrief options (kind 'webhook', base_url 'http://10.0.0.1/hook', key 'hook');});
sub analysed
{
    my ($name) = @_;
    return sql(qq{
        insert into debrief.video_recordings (user_id, storage_path, original_filename, upload_status)
        values ('@{[owner_id()]}', '@{[owner_id()]}/' || gen_random_uuid(), '$name', 'completed') returning id});
}

# A server is tried with a message that says nothing.
start_receiver();
like(sql(q{select ok, message from debrief.test_server('hook')}), qr/^t\|/, 'test_server() sends a message that is signed');
like(sql(q{select ok, message from debrief.test_server('wrong')}), qr/^f\|.*\[unauthorized\]/, 'and says so when the secrets differ');
like(sql(q{select ok, message from debrief.test_server('far')}), qr/^f\|.*\[(address_not_allowed|no_key)\]/, 'nobody is called where that is not allowed');
is((taken())[0]{type}, 'debrief.test', 'the receiver took one');

# The example and strangers: no answer is none that waits for ever. What it could not act on comes again.
sub answer_to
{
    my ($length, $body, %headers) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die $!;
    print $socket "POST /hook HTTP/1.1\r\nContent-Length: $length\r\n", (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n$body";
    $socket->flush;
    wait_until(sub { IO::Select->new($socket)->can_read(0) }, "an answer to length $length");
    return (<$socket> // '') =~ m{^HTTP/\S+ (\d+)} ? $1 : 'none';
}
sub signed
{
    my ($body, $now) = ($_[0], time);
    return ('webhook-id' => 'msg_1', 'webhook-timestamp' => $now,
        'webhook-signature' => 'v1,' . encode_base64(hmac_sha256("msg_1.$now.$body", '0123456789abcdefghijklmn'), ''));
}
is(answer_to($_, '{}'), 401, "a body of length $_ is not read") for -1, 'x', 1 << 30;
is(answer_to(2, '{}', signed('{}'), 'webhook-timestamp' => "\xB2"), 401, 'a time that is no number');
is(answer_to(2, '{}', signed('{}'), 'webhook-signature' => "v1,\xB2"), 401, 'a signature that is none');
is(answer_to(2, '[]', signed('[]')), 'none', 'a message that it cannot act on') for 1, 2;
is(answer_to(2, '{}', signed('{}')), 204, 'is not taken for one that it has');

# All is spoken: one message.
sql(q{insert into debrief.stages (stage, server, max_attempts, backoff_base_ms, backoff_cap_ms, timeout_ms) values ('deliver', 'hook', 3, 10, 50, 500)});
my $recording = analysed('talk.mp4');
is(sql('select * from debrief.drain()'), '', 'nothing failed');
my ($message) = grep { $_->{type} eq 'analysis.completed' } taken();
is_deeply($message->{data}{counts}, {items => 3, completed => 3, failed => 0, blank => 0}, 'the receiver knows that three items are spoken');
is($message->{data}{video_recording_id}, $recording, 'of this recording');
is(scalar(grep { $_->{type} eq 'analysis.completed' } taken()), 1, 'it was told once');
is(sql(q{select 'msg_' || replace(message_id::text, '-', '') from debrief.analysis_deliveries}), $message->{id}, 'under the id of the row');
# Calls are added up for a moment before they are written.
wait_for_sql($node, q{select (server, calls, failures) = ('hook', 1, 0) from debrief.usage where stage = 'deliver'}, 'the call is counted');
is(sql(q{select disposition, http_status from debrief.attempts where stage = 'deliver'}), 'completed|204', 'and in the history');

# An edit opens it again; a failed item ends it, too.
sql(q{alter server fake options (add fail_words 'boom')});
my $item = sql(q{update debrief.analysis_feedback set message = 'It goes boom.' where id = (select min(id) from debrief.analysis_feedback) returning id});
like(sql('select stage, feedback_id from debrief.drain()'), qr/^ssml\|$item$/, 'an item fails');
my ($second) = grep { $_->{type} eq 'analysis.completed' && $_->{id} ne $message->{id} } taken();
is_deeply($second->{data}{counts}, {items => 3, completed => 2, failed => 1, blank => 0}, 'a new message tells of it');
sql(q{alter server fake options (drop fail_words)});

# The receiver is killed; what ends meanwhile waits, uncharged, and comes when it is back.
stop_receiver();
analysed('killed.mp4');
wait_for_sql($node, q{select state in ('parked', 'probing') from debrief.stage_status where stage = 'deliver'}, 'the receiver is left alone');
is(sql(q{select status, attempts from debrief.analysis_deliveries order by id desc limit 1}), 'queued|0', 'the message waits, uncharged');
start_receiver();
sql(q{select debrief.resume_server('hook')});
wait_for_sql($node, q{select status = 'completed' from debrief.analysis_deliveries order by id desc limit 1}, 'it is delivered');
pass('a message outlasts its receiver');

# The same with the worker: killed while it waits for an answer, the message comes again under its id.
sql(q{update debrief.stages set server = 'other' where stage = 'deliver'});
$stub->script('/hook', {action => 'hold'});
sql(q{update debrief.stages set timeout_ms = 60000 where stage = 'deliver'});
analysed('worker.mp4');
wait_until(sub { scalar $stub->requests('/hook') }, 'a message is on its way');
$stub->script('/hook', {status => 200});
kill 'KILL', worker_pid($node);
$node->poll_query_until('postgres', q{select status = 'completed' from debrief.analysis_deliveries order by id desc limit 1}) or die 'not delivered';
my @sent = $stub->requests('/hook');
is(scalar(@sent), 2, 'it was sent twice');
my %headers = map { lc($_) => $sent[1]{headers}{$_} } keys %{$sent[1]{headers}};
my %first = map { lc($_) => $sent[0]{headers}{$_} } keys %{$sent[0]{headers}};
is($first{'webhook-id'}, $headers{'webhook-id'}, 'under the same id');
is($headers{'webhook-signature'}, 'v1,' . encode_base64(hmac_sha256("$headers{'webhook-id'}.$headers{'webhook-timestamp'}.$sent[1]{body}",
    '0123456789abcdefghijklmn'), ''), 'and signed');

# What it answers.
sub ends
{
    my ($what, $expected, @answers) = @_;
    $stub->script('/hook', @answers);
    my $id = sql(q{select max(id) from debrief.analysis_deliveries});
    sql("select debrief.retry_delivery($id)");
    wait_for_sql($node, "select status in ('completed', 'failed') from debrief.analysis_deliveries where id = $id", $what);
    is(sql("select status, attempts, error_code from debrief.analysis_deliveries where id = $id"), $expected, $what);
}
ends('a receiver that is busy for a second', 'completed|1|', {status => 503, headers => {'Retry-After' => 1}}, {status => 202});
ends('one that refuses', 'failed|1|bad_request', {status => 400});
ends('one that is gone', 'failed|1|receiver_gone', {status => 410});
sql(q{update debrief.stages set timeout_ms = 200 where stage = 'deliver'});
ends('one that is slow once', 'completed|1|', {action => 'hold'}, {status => 200});
is(sql(q{select count(*) from debrief.failures where stage = 'deliver'}), '0', 'nothing is left over');
$node->stop;
done_testing();
