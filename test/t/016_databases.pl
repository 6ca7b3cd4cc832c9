# Several databases in one cluster: each has its pipeline, and its trouble is its own.
use strict;
use warnings;
use Debrief;
use JSON::PP;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('databases', conf => "pg_debrief.safety_poll = '1s'\nmax_worker_processes = 24\npg_debrief.max_workers = 12");
my $stub = new_stub();
my %encoding = (app => 'UTF8', latin => 'LATIN1', ascii => 'SQL_ASCII', other => 'UTF8');
my %job;
for my $database (sort keys %encoding) {
    $node->safe_psql('postgres', "create database $database encoding '$encoding{$database}' lc_collate 'C' lc_ctype 'C' template template0");
    $node->safe_psql($database, 'create extension pg_debrief');
    $stub->serve($node, database => $database);
    $job{$database} = $node->safe_psql($database, qq{insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/a.mp4');
        insert into debrief.analysis_jobs (video_recording_id) select max(id) from debrief.video_recordings;
        update debrief.analysis_jobs set status = 'failed', due_at = null; select id from debrief.analysis_jobs});
    $node->safe_psql($database, q{update debrief.stages set server = 'stub' where stage = 'ssml'});
}
$node->safe_psql('postgres', 'create database bystander');
sub done_in
{
    my ($database, $words, $count) = @_;
    wait_until(sub { $node->safe_psql($database, "select count(*) = $count from debrief.analysis_feedback where message like '$words%' and audio_status in ('completed', 'failed')") eq 't' },
        "$count rows of $database end");
}
sub add { my ($database, $words, $count) = @_; $node->safe_psql($database, "insert into debrief.analysis_feedback (analysis_job_id, message) select $job{$database}, '$words ' || n from generate_series(1, $count) n") }
sub state_of { my ($database, $where) = @_; return $node->safe_psql($database, "select audio_status, ssml_error_code from debrief.analysis_feedback where $where") }

# All at once.
add($_, 'Together', 50) for sort keys %encoding;
done_in($_, 'Together', 50) for sort keys %encoding;
is($node->safe_psql($_, q{select count(*), count(distinct feedback_id) from debrief.analysis_audio_segments}), '50|50', "$_ ($encoding{$_}): its rows are spoken") for sort keys %encoding;
is($node->safe_psql('postgres', q{select count(distinct datname) from pg_stat_activity where backend_type = 'pg_debrief worker'}), 5, 'each database has a worker');

# What a database cannot hold fails alone, and what it can is stored as it was.
my $ssml = sub { my ($words) = @_; return {body_base64 => encode_base64(encode_json({segments => ["<speak version=\"1.1\">$words</speak>"]}), '')} };
$stub->script('/v1/ssml', $ssml->("caf\x{e9}"));
add('latin', 'Accent', 1);
done_in('latin', 'Accent', 1);
is($node->safe_psql('latin', q{select encode(convert_to(ssml, 'UTF8'), 'hex') from debrief.analysis_ssml_segments s join debrief.analysis_feedback f on f.id = s.feedback_id where f.message like 'Accent%'}),
    unpack('H*', "<speak version=\"1.1\">caf\xc3\xa9</speak>"), 'LATIN1: what it can hold is stored as it was');
like((grep { $_->{body} =~ /caf/ } $stub->requests('/v1/speech'))[-1]{body}, qr/caf\x{c3}\x{a9}|caf\\u00e9|caf\x{e9}/, 'and is spoken so');
$stub->script('/v1/ssml', $ssml->("\x{4f60}\x{597d} \x{1f600}"));
add('latin', 'Beyond', 1);
done_in('latin', 'Beyond', 0);
wait_until(sub { state_of('latin', "message like 'Beyond%'") eq 'queued|result_not_storable' }, 'the row fails');
is($node->safe_psql('latin', q{select ssml_status from debrief.analysis_feedback where message like 'Beyond%'}), 'failed', 'LATIN1: what it cannot hold fails, and says why');
add('ascii', 'Bytes', 1);
done_in('ascii', 'Bytes', 1);
is($node->safe_psql('ascii', q{select encode(ssml::bytea, 'hex') from debrief.analysis_ssml_segments s join debrief.analysis_feedback f on f.id = s.feedback_id where f.message like 'Bytes%'}),
    unpack('H*', "<speak version=\"1.1\">\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80</speak>"), 'SQL_ASCII: UTF-8 is stored byte by byte');
$stub->script('/v1/ssml');
add('latin', 'After', 5);
done_in('latin', 'After', 5);
is(state_of('latin', "message like 'After%' and audio_status <> 'completed'"), '', 'other rows of that database go on');

# Another database comes and goes beside calls in flight.
my $pid = worker_pid($node, 'app');
$stub->script('/v1/speech', {action => 'hold'});
add('app', 'In flight', 10);
add('other', 'In flight', 10);
my $open = sub { return scalar grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') };
wait_until(sub { $open->() == 20 }, 'twenty calls are in flight');
$node->safe_psql('postgres', 'drop database bystander');
$node->safe_psql('postgres', 'create database bystander');
$node->safe_psql('postgres', 'drop database other with (force)');
wait_until(sub { $open->() == 10 }, 'the calls of the dropped database are aborted');
is($open->(), 10, 'databases are created and dropped beside calls in flight, and theirs alone are aborted');
$stub->script('/v1/speech');
$stub->release;
done_in('app', 'In flight', 10);
is($node->safe_psql('app', q{select distinct audio_attempts from debrief.analysis_feedback where message like 'In flight%'}), 1, 'the others are not disturbed');
is(worker_pid($node, 'app'), $pid, 'nor is their worker');

# The extension goes and comes.
$node->safe_psql('app', 'begin; drop extension pg_debrief cascade; create extension pg_debrief; rollback');
add('app', 'Rolled back', 3);
done_in('app', 'Rolled back', 3);
$node->safe_psql('app', 'drop extension pg_debrief cascade; create extension pg_debrief') for 1 .. 10;
$stub->serve($node, database => 'app');    # servers go with the extension's wrapper
add('app', 'Again', 3);
done_in('app', 'Again', 3);
is(state_of('app', "message ~ '^(Again|Rolled)' and audio_status <> 'completed'"), '', 'after DROP and CREATE EXTENSION, rolled back or ten times over, rows are spoken');

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
$node->stop;
done_testing();
