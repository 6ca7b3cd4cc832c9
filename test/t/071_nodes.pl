# Three servers, each a whole pg_debrief for its part of the users, and a hub that sees them all by postgres_fdw: the
# statements are those of docs/scale-out.md.
use strict;
use warnings;
use Debrief;
use PostgreSQL::Test::Utils;
use Test::More;

my $stub = new_stub();
my @nodes = map { new_cluster("node$_", conf => 'shared_buffers = 16MB') } 1 .. 3;
plan skip_all => 'postgres_fdw is not installed'
    if $nodes[0]->safe_psql('postgres', q{select count(*) from pg_available_extensions where name = 'postgres_fdw'}) eq '0';
my @users = map { sprintf '%08d-0000-4000-8000-000000000000', $_ } 1 .. 15;
for my $n (1 .. 3) {
    my $node = $nodes[$n - 1];
    my $root = $stub->serve($node);
    for my $user (@users) {
        mkdir "$root/$user";
        append_to_file("$root/$user/$_.mp4", "a video of $user") for 1 .. 2;
    }
    $node->safe_psql('postgres', qq{
        DO \$\$
        DECLARE
          first bigint := (${n}::bigint << 48) + 1;
          c record;
        BEGIN
          FOR c IN SELECT a.attrelid::regclass AS relation, a.attname FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
                    WHERE r.relnamespace = 'debrief'::regnamespace AND a.attidentity <> '' LOOP
            EXECUTE format('ALTER TABLE %s ALTER %I RESTART WITH %s', c.relation, c.attname, first);
          END LOOP;
          EXECUTE format('ALTER SEQUENCE debrief.analysis_ssml_segments_id_seq RESTART WITH %s', first);
        END \$\$;
        CREATE TABLE uploads (user_id uuid NOT NULL, id bigint NOT NULL, path text NOT NULL, state text NOT NULL, PRIMARY KEY (user_id, id));
        SELECT debrief.track('uploads', path_column => 'path', status_column => 'state', done => 'done', source => 'uploads');});
    is($node->safe_psql('postgres', q{select * from debrief.check_installation()}), '', "node $n is a good installation");
}

# The hub: an application's table whose partitions are elsewhere, and views over all nodes.
$nodes[0]->safe_psql('postgres', 'create database hub');
sub hub { return $nodes[0]->safe_psql('hub', $_[0]) }
hub('CREATE EXTENSION postgres_fdw;
    CREATE TABLE uploads (user_id uuid NOT NULL, id bigint NOT NULL, path text NOT NULL, state text NOT NULL) PARTITION BY HASH (user_id)');
for my $n (1 .. 3) {
    my ($host, $port) = ($nodes[$n - 1]->host, $nodes[$n - 1]->port);
    hub(qq{CREATE SERVER node$n FOREIGN DATA WRAPPER postgres_fdw
             OPTIONS (host '$host', port '$port', dbname 'postgres', async_capable 'true', connect_timeout '5');
           CREATE USER MAPPING FOR CURRENT_USER SERVER node$n;
           CREATE FOREIGN TABLE uploads_$n PARTITION OF uploads FOR VALUES WITH (MODULUS 3, REMAINDER @{[$n - 1]})
             SERVER node$n OPTIONS (table_name 'uploads', batch_size '1000');
           CREATE SCHEMA node$n;
           IMPORT FOREIGN SCHEMA debrief LIMIT TO (pipeline_status, stage_status, failures, video_recordings, analysis_feedback) FROM SERVER node$n INTO node$n;});
}
for my $view (qw(pipeline_status stage_status failures video_recordings analysis_feedback)) {
    hub("CREATE VIEW fleet_$view AS " . join ' UNION ALL ', map { "SELECT 'node$_' AS node, * FROM node$_.$view" } 1 .. 3);
}
sub fleet_is_done { my ($count) = @_; return wait_until(sub { hub(q{select count(*) from fleet_analysis_feedback where audio_status = 'completed'}) == $count }, "$count items of the fleet are spoken") }
sub upload { my ($user, $number) = @_; return "insert into uploads values ('$user', $number, '$user/$number.mp4', 'done')" }

# Rows go to the node of their user, and each is worked on once.
hub('insert into uploads values ' . join ', ', map { "('$_', 1, '$_/1.mp4', 'done')" } @users);
fleet_is_done(30);
is(hub('select count(distinct node), count(*), count(distinct user_id), count(distinct id) from fleet_video_recordings'), '3|15|15|15', 'each user has one node, and ids are those of one node');
is(hub('select count(*), count(distinct id) from fleet_analysis_feedback'), '30|30', 'ids of feedback too');
is(scalar($stub->requests('/v1/analyze')), 15, 'each upload is analysed once');
is(scalar($stub->requests('/v1/speech')), 30, 'each item is spoken once');
is(hub(q{select count(*) from fleet_stage_status where state <> 'ready' and stage <> 'ssml'}), 0, 'the fleet is seen to be ready');
is(hub('select count(*) from fleet_failures'), 0, 'and nothing failed');

# A node is killed with calls in flight.
my %on;
my $placed = hub('select node, user_id from fleet_video_recordings order by user_id');
push @{$on{$1}}, $2 while $placed =~ /^node(\d)\|(.+)$/mg;
$stub->script('/v1/speech', {action => 'hold'});
hub(upload($on{3}[0], 2));
wait_until(sub { (grep { $_->{state} eq 'open' } $stub->requests('/v1/speech')) == 2 }, 'two calls are in flight');
$nodes[2]->stop('immediate');
$stub->script('/v1/speech');
hub(upload($on{$_}[0], 2)) for 1, 2;
wait_until(sub { hub(q{select count(*) from node1.analysis_feedback where audio_status <> 'completed'}) + hub(q{select count(*) from node2.analysis_feedback where audio_status <> 'completed'}) == 0
    && hub('select (select count(*) from node1.analysis_feedback) + (select count(*) from node2.analysis_feedback)') == 30 - 2 * @{$on{3}} + 4 }, 'the other nodes go on');
my ($status, undef, $error) = $nodes[0]->psql('hub', upload($on{3}[1], 2));
isnt($status, 0, 'an upload of its user is refused');
like($error, qr/could not connect to server "node3"/, 'and the error names the node');
($status, undef, $error) = $nodes[0]->psql('hub', 'table fleet_pipeline_status');
like($error, qr/could not connect to server "node3"/, 'as does a view of the fleet');

$nodes[2]->start;
fleet_is_done(36);
is(hub(q{select count(*) from node3.analysis_feedback where audio_status <> 'completed'}), 0, 'when it is back it finishes what it had begun');
is($nodes[2]->safe_psql('postgres', 'select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments'),
    join('|', (2 * @{$on{3}} + 2) x 2), 'and keeps each sound once');
is(scalar($stub->requests('/v1/speech')), 38, 'its two calls alone are made again');
is(hub(q{select count(*) from fleet_analysis_feedback f join fleet_video_recordings r on r.user_id = f.user_id where r.node <> f.node}), 0, 'no row of a user is on another node');

$_->stop for @nodes;
done_testing();
