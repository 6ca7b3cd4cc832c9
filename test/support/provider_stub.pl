#!/usr/bin/perl
# A provider for tests that answers as its script says: the http protocol of docs/, with faults.
#
#   provider_stub.pl PORT_FILE
#
# Listens on a free port of 127.0.0.1, writes it to PORT_FILE, and serves until its standard input
# ends. One process, one loop, no sleep: an answer that is held waits for POST /_release.
#
#   POST /_chaos    {"seed": 1, "faults": 0.2, "delay_ms": 40}: from now on answers come late, and so many of
#                   them are faults, by chance; what is not a fault says what it was made from: SSML holds
#                   the message, a sound repeats the digest of its SSML; with "forget" nothing is logged
#   POST /_outage   {"answer": ANSWER}: to every request, whatever it asks for; {} ends it
#   POST /_script   {"path": "/v1/speech", "answers": [ANSWER, ...]}: the next answers for that
#                   path, the last one for all that follow; [] restores the good ones.
#   POST /_release  lets all held answers go: the good ones, save what the ANSWER said itself
#   GET  /_log      requests so far: path, headers, body (when short), bytes, at, state
#                   (open, answered, aborted: the client left before its answer), fault (of /_chaos)
#
# ANSWER: status, headers, body or body_base64, and action: "hold", "reset" (before the answer),
# "truncate" (half of the body), "endless" (chunks without end); none: answers at once.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use Socket qw(SOL_SOCKET SO_LINGER TCP_NODELAY IPPROTO_TCP);
use Digest::SHA qw(sha1);
use Time::HiRes qw(time);

my $port_file = shift or die "usage: provider_stub.pl PORT_FILE\n";
my $listener = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1)
  or die "listen: $!";
$listener->blocking(0);
open(my $port_out, '>', "$port_file.new") or die $!;
print $port_out $listener->sockport;
close $port_out;
rename "$port_file.new", $port_file;
$SIG{PIPE} = 'IGNORE';

my $reader = IO::Select->new($listener, \*STDIN);
my $writer = IO::Select->new;
my %clients;    # fileno -> {socket, in, out, request, endless, close}
my (%scripts, @log, $chaos, $outage);
my @late;       # [when, client, answer]

sub wav    # a tenth of a second of silence, 8 kHz, 16 bit
{
    my ($samples) = @_;
    $samples //= "\0\0" x 800;
    return 'RIFF' . pack('V', 36 + length $samples) . 'WAVEfmt ' . pack('VvvVVvv', 16, 1, 1, 8000, 16000, 2, 16)
      . 'data' . pack('V', length $samples) . $samples;
}

my %good = (
    '/v1/analyze' => sub {
        return {body => encode_json({
            title => 'A talk', summary => 'Short.', full_feedback => 'All of it.', version => 'stub 1',
            metrics => [{key => 'loudness', value => -21.5, unit => 'LUFS'}],
            feedback => [
                {timestamp_seconds => 1.5, category => 'Speech', message => 'Speak up.', confidence => 0.9, impact => 0.4},
                {timestamp_seconds => 7, category => 'Light', message => 'More light.', confidence => 0.8, impact => 0.2}]})};
    },
    '/v1/ssml' => sub { return {body => encode_json({segments => ['<speak version="1.1">Speak up.</speak>']})} },
    '/v1/speech' => sub { return {body => wav(), headers => {'Content-Type' => 'audio/wav'}} },
    '/health' => sub { return {body => '{"status": "ok"}'} });

sub next_answer
{
    my ($path) = @_;
    my $script = $scripts{$path};
    return @$script > 1 ? shift @$script : $script->[0] if $script && @$script;
    return $good{$path} ? $good{$path}->() : {status => 404, body => '{"error": {"code": "bad_request", "message": "no such path"}}'};
}

sub made_from
{
    my ($path, $body) = @_;
    if ($path eq '/v1/ssml') {
        my $message = decode_json($body)->{feedback}{message};
        return {body => encode_json({segments => ["<speak version=\"1.1\">$message</speak>"]})};
    }
    return {body => wav(sha1(decode_json($body)->{ssml}) x 80), headers => {'Content-Type' => 'audio/wav'}} if $path eq '/v1/speech';
    return $good{$path}->();
}

# Whose fault each is, as far as one can tell, and the answer.
my @faults = (
    [unproven => {status => 500, body => '{"error": {"code": "internal", "message": "chaos"}}'}],
    [busy => {status => 429, body => '{"error": {"code": "rate_limited", "message": "chaos"}}', headers => {'Retry-After' => 0}}],
    [row => {status => 400, body => '{"error": {"code": "bad_request", "message": "chaos"}}'}],
    [server => {action => 'reset'}], [server => {action => 'truncate'}], [row => {body => 'no answer at all'}], [row => {body => ''}]);

sub answer_by_chance
{
    my ($client, $body) = @_;
    my $request = $client->{request};
    my $answer = made_from($request->{path}, $body);
    if (rand() < $chaos->{faults}) {
        my ($whose, $fault) = @{$faults[int rand @faults]};
        $request->{fault} = $whose;
        $answer = {%$answer, %$fault};
    }
    push @late, [time + rand($chaos->{delay_ms}) / 1000, $client, $answer];
    @late = sort { $a->[0] <=> $b->[0] } @late;
}

sub answer_late
{
    while (@late && $late[0][0] <= time) {
        my (undef, $client, $answer) = @{shift @late};
        next unless $client->{request};    # it left
        if (($answer->{action} // '') eq 'reset') { drop($client, 1) }
        else { send_answer($client, $answer) }
    }
}

sub send_answer
{
    my ($client, $answer) = @_;
    my $body = defined $answer->{body_base64} ? decode_base64($answer->{body_base64}) : $answer->{body} // '';
    utf8::encode($body) if utf8::is_utf8($body);
    my $action = $answer->{action} // '';
    my %headers = ('Content-Type' => 'application/json', %{$answer->{headers} // {}});
    my $head = 'HTTP/1.1 ' . ($answer->{status} // 200) . " Stub\r\n" . join '', map { "$_: $headers{$_}\r\n" } sort keys %headers;
    if ($action eq 'endless') {
        $client->{out} .= "${head}Transfer-Encoding: chunked\r\n\r\n";
        $client->{endless} = 1;
    } else {
        $client->{out} .= $head . 'Content-Length: ' . length($body) . "\r\n\r\n"
          . ($action eq 'truncate' ? substr($body, 0, length($body) / 2) : $body);
        $client->{close} = 1 if $action eq 'truncate';
    }
    $client->{request}{state} = 'answered' if $client->{request};
    $client->{request} = undef;
    $client->{held} = undef;
    $writer->add($client->{socket});
}

sub drop
{
    my ($client, $reset) = @_;
    $client->{request}{state} = 'aborted' if $client->{request};
    $client->{request} = undef;
    setsockopt($client->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) if $reset;
    $reader->remove($client->{socket});
    $writer->remove($client->{socket});
    delete $clients{fileno $client->{socket}};
    close $client->{socket};
}

sub control
{
    my ($client, $path, $body) = @_;
    if ($path eq '/_chaos') {
        $chaos = decode_json($body);
        srand $chaos->{seed};
    } elsif ($path eq '/_outage') {
        $outage = decode_json($body)->{answer};
    } elsif ($path eq '/_script') {
        my $order = decode_json($body);
        $scripts{$order->{path}} = $order->{answers};
    } elsif ($path eq '/_release') {
        for my $held (grep { $_->{held} } values %clients) {
            my $path = $held->{request}{path};
            my %answer = (($good{$path} ? %{$good{$path}->()} : ()), %{$held->{held}});
            delete $answer{action};
            send_answer($held, \%answer);
        }
    }
    send_answer($client, {body => $path eq '/_log' ? encode_json(\@log) : '{}'});
}

# Takes one whole request from what has been read, if there is one.
sub take_request
{
    my ($client) = @_;
    my $end = index($client->{in}, "\r\n\r\n");
    return if $end < 0;
    my ($first, @lines) = split /\r\n/, substr($client->{in}, 0, $end);
    my %headers = map { my ($n, $v) = split /:\s*/, $_, 2; (lc $n => $v) } @lines;
    my $bytes = $headers{'content-length'} // 0;
    return if length($client->{in}) < $end + 4 + $bytes;
    my $body = substr($client->{in}, $end + 4, $bytes);
    $client->{in} = substr($client->{in}, $end + 4 + $bytes);
    my (undef, $path) = split / /, $first;
    return control($client, $path, $body) if $path =~ m{^/_};

    my $request = {path => $path, headers => \%headers, bytes => $bytes + 0, at => $client->{at}, state => 'open',
                   body => $bytes < 20_000 && $headers{'content-type'} eq 'application/json' ? $body : ''};
    push @log, $request unless $chaos && $chaos->{forget};
    $client->{request} = $request;
    if ($outage) {
        $request->{fault} = 'outage';
        if (($outage->{action} // '') eq 'hold') { $client->{held} = $outage }
        else { push @late, [time + 0.01, $client, $outage] }
        return;
    }
    return answer_by_chance($client, $body) if $chaos;
    my $answer = next_answer($path);
    my $action = $answer->{action} // '';
    if ($action eq 'hold') { $client->{held} = $answer }
    elsif ($action eq 'reset') { drop($client, 1) }
    else { send_answer($client, $answer) }
}

sub flush_client
{
    my ($client) = @_;
    if ($client->{endless} && length $client->{out} < 65536) {
        $client->{out} .= sprintf("%x\r\n%s\r\n", 65536, 'x' x 65536);
    }
    my $written = syswrite($client->{socket}, $client->{out});
    return drop($client) if !defined $written && !$!{EAGAIN};
    substr($client->{out}, 0, $written // 0) = '';
    return if length $client->{out} || $client->{endless};
    $writer->remove($client->{socket});
    drop($client) if $client->{close};
}

for (;;) {
    my $patience = @late ? $late[0][0] - time : undef;
    my ($readable, $writable) = IO::Select->select($reader, $writer, undef, defined $patience && $patience < 0 ? 0 : $patience);
    answer_late();
    for my $socket (@{$readable // []}) {
        exit 0 if $socket == \*STDIN;
        if ($socket == $listener) {
            my $accepted = $listener->accept or next;
            $accepted->blocking(0);
            setsockopt($accepted, IPPROTO_TCP, TCP_NODELAY, 1);
            $clients{fileno $accepted} = {socket => $accepted, in => '', out => ''};
            $reader->add($accepted);
            next;
        }
        my $client = $clients{fileno $socket} or next;
        $client->{at} = time if $client->{in} eq '';
        my $read = sysread($socket, $client->{in}, 1 << 20, length $client->{in});
        if (!defined $read) { drop($client) unless $!{EAGAIN} }
        elsif ($read == 0) { drop($client) }
        else { take_request($client) }
    }
    for my $socket (@{$writable // []}) {
        next unless defined fileno $socket;
        my $client = $clients{fileno $socket} or next;
        flush_client($client);
    }
}
