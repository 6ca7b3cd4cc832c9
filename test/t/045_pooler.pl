# Behind a pooler in transaction mode each transaction may meet another connection: an identity that is set for the
# transaction ends with it, and the functions that applications call work.
use strict;
use warnings;
use Debrief;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'pgbouncer is not installed' if !$pgbouncer;

my $node = new_cluster('pooled');
my $other = '22222222-2222-4222-8222-222222222222';
$node->safe_psql('postgres', q{create role web login; select debrief.grant_access('web', 'application')});
$node->safe_psql('postgres', "insert into debrief.video_recordings (user_id, storage_path) values ('$_', '$_/a.mp4')") for owner_id(), $other;

# One connection to the server, which all clients share in turn.
my $folder = new_folder();
my $port = PostgreSQL::Test::Cluster::get_free_port();
open(my $ini, '>', "$folder/pgbouncer.ini") or die $!;
print $ini <<"END";
[databases]
postgres = host=@{[$node->host]} port=@{[$node->port]} pool_size=1 user=web
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $folder
auth_type = any
pool_mode = transaction
END
close $ini;
my $pooler = IPC::Run::start([$pgbouncer, "$folder/pgbouncer.ini"], '<', \undef, '>&', "$folder/log");
wait_until(sub { -S "$folder/.s.PGSQL.$port" }, 'the pooler listens');

sub client
{
    my ($sql) = @_;
    my ($out, $errors) = run_command(['psql', '-X', '-A', '-t', '-q', '-d', "host=$folder port=$port dbname=postgres user=web", '-c', $sql]);
    return $out . $errors;
}
my $seen = 'select count(*) from debrief.video_recordings';
is(client($seen), 0, 'a client that has said nothing sees nothing');
is(client("begin; set local debrief.user_id = '@{[owner_id()]}'; $seen; commit"), 1, 'SET LOCAL: a user sees what is theirs');
is(client($seen), 0, 'the next client on the same connection sees nothing');
is(client("begin; select set_config('debrief.user_id', '$other', true); $seen; commit"), "$other\n1", 'set_config(..., true) the same');
is(client($seen), 0, 'and nothing is left of it');
is(client(qq{begin; select set_config('request.jwt.claims', '{"sub": "$other"}', true) is not null; insert into debrief.video_recordings (storage_path) values ('$other/b.mp4'); $seen; commit}),
    "t\n2", 'claims of the transaction write the rows of their user');
is(client($seen), 0, 'and end with it');
is($node->safe_psql('postgres', 'select count(*) from debrief.video_recordings'), 3, 'all rows are there');

# What docs/use.md shows, a transaction for each step: from the upload to the sound.
$node->safe_psql('postgres', q{create server fake foreign data wrapper debrief options (kind 'fake')});
$node->safe_psql('postgres', q{update debrief.stages set server = 'fake'});
sub as_owner { my ($statement) = @_; return client("begin; set local debrief.user_id = '@{[owner_id()]}'; $statement; commit") }
my $recording = as_owner("insert into debrief.video_recordings (storage_path, upload_status) values ('@{[owner_id()]}/talk.mp4', 'completed') returning id");
is(as_owner("select debrief.wait_for_recording($recording)"), 'completed', 'an upload is analysed and spoken, and its user waits for it');
my ($item) = split(/\n/, as_owner('select id from debrief.feedback_status order by id'));
is(as_owner("select debrief.wait_for_feedback($item)"), 'completed', 'and for an item');
is(as_owner("select content_type, length(body) > 1000 from debrief.get_audio($item)"), 'audio/wav|t', 'which can be heard');
is(as_owner("select cause from debrief.explain($item)"), 'completed', 'explained');
is(as_owner("update debrief.analysis_feedback set user_rating = 'up' where id = $item returning user_rating"), 'up', 'and rated');
like(client("begin; set local debrief.user_id = '$other'; select debrief.wait_for_feedback($item); commit"), qr/feedback $item does not exist/, 'another user of the same connection does not hear of it');
is(as_owner("select debrief.delete_recording($recording)"), 'deleted', 'its user deletes it');
is(client('select count(*) from debrief.feedback_status'), 0, 'and nothing of the user is left on the connection');

$pooler->signal('INT');
$pooler->finish;
done_testing();
