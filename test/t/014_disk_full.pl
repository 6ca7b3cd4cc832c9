# No room for rows: what was paid for waits in the worker, nothing is called that could not be stored.
use strict;
use warnings;
use Debrief;
use Home;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_cluster('full', conf => "pg_debrief.safety_poll = '1s'\nautovacuum = off");
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $node->safe_psql('postgres', 'select id from debrief.analysis_jobs');
sub calls { my ($words) = @_; return scalar grep { $_->{body} =~ /$words/ } $stub->requests('/v1/speech') }

# ENOSPC takes a file system of its own, which takes root; what PostgreSQL makes of it is an ERROR of
# SQLSTATE 53100, and that a trigger can raise, for as long as a table says so.
$node->safe_psql('postgres', q{
    create table no_room (for_table text);
    grant select on no_room to public;
    create function refuse() returns trigger language plpgsql as $$
    begin
      if exists (select from public.no_room where for_table = tg_table_name) then
        raise exception 'could not extend file "base/5/16384": No space left on device' using errcode = 'disk_full', hint = 'Check free disk space.';
      end if;
      return new;
    end $$;
    grant execute on function refuse() to public;
    create trigger no_room before insert on debrief.analysis_audio_segments for each row execute function refuse();
    create trigger no_room before update on debrief.analysis_feedback for each row execute function refuse();});

# An answer comes for which there is no room.
$stub->script('/v1/speech', {action => 'hold'});
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Paid ' || n from generate_series(1, 5) n");
wait_until(sub { calls('Paid') == 5 }, 'five calls are in flight');
$node->safe_psql('postgres', "insert into no_room values ('analysis_audio_segments')");
$stub->script('/v1/speech');
$stub->release;
wait_until(sub { worker_log($node) =~ /could not settle \d rows? of stage audio: could not extend file/ }, 'the log tells what is wrong');
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'Paid %' and audio_status = 'processing'}), 5, 'rows whose answer cannot be stored are neither failed nor lost');
$node->safe_psql('postgres', 'delete from no_room');
wait_for_sql($node, q{select count(*) = 5 from debrief.analysis_feedback where message like 'Paid %' and audio_status = 'completed'});
is(calls('Paid'), 5, 'when there is room the answers are stored: none is paid for twice');

# There is no room for claims either: then nothing is called at all.
$node->safe_psql('postgres', "insert into no_room values ('analysis_feedback')");
$node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Unclaimed ' || n from generate_series(1, 5) n");
wait_for_sql($node, q{select bool_or(state = 'waiting' and last_error ~ 'could not extend file') from debrief.worker_status}, 'worker_status tells what is wrong');
is(calls('Unclaimed'), 0, 'what cannot be claimed is not called for');
$node->safe_psql('postgres', 'delete from no_room');
wait_for_sql($node, q{select count(*) = 5 from debrief.analysis_feedback where message like 'Unclaimed %' and audio_status = 'completed'});
is($node->safe_psql('postgres', q{select count(*) from debrief.analysis_feedback where message like 'Unclaimed %' and (ssml_attempts, audio_attempts) <> (1, 1)}), 0, 'and with room again takes one attempt');
wait_for_sql($node, q{select not bool_or(state = 'waiting') from debrief.worker_status where process = 'worker'}, 'worker_status is content again');

# The same on a file system that is really full.
SKIP: {
    skip 'no small file system could be mounted', 3 unless $ENV{SMALL_FS};
    my $small = $ENV{SMALL_FS};
    mkdir "$small/tables" or die $!;
    $node->safe_psql('postgres', "create tablespace small location '$small/tables'");
    $node->safe_psql('postgres', 'alter table debrief.audio_objects set tablespace small');
    $stub->script('/v1/speech', {action => 'hold'});
    $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) select $job, 'Real ' || n from generate_series(1, 5) n");
    wait_until(sub { calls('Real') == 5 }, 'five calls are in flight');
    open(my $filler, '>:raw', "$small/filler") or die $!;
    $filler->autoflush(1);
    1 while syswrite($filler, "\0" x 4096);
    $stub->script('/v1/speech');
    # Sounds of 300 kB: larger than what the tables have left in their last pages.
    my $loud = encode_base64('RIFF' . pack('V', 36 + 300_000) . 'WAVEfmt ' . pack('VvvVVvv', 16, 1, 1, 8000, 16000, 2, 16) . 'data' . pack('V', 300_000)
        . join('', map { chr(int rand 256) } 1 .. 300_000), '');
    $stub->script('/v1/speech', {action => 'hold', body_base64 => $loud, headers => {'Content-Type' => 'audio/wav'}});
    $node->safe_psql('postgres', "insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, 'Loud.')");
    wait_until(sub { calls('Loud') == 1 }, 'the large sound is asked for');
    $stub->release;
    wait_until(sub { slurp_file($node->logfile) =~ /No space left on device(?!")/ }, 'PostgreSQL finds the disk full');
    is($node->safe_psql('postgres', q{select audio_status from debrief.analysis_feedback where message = 'Loud.'}), 'processing', 'on a full disk the answer waits');
    close $filler;
    unlink "$small/filler";
    wait_for_sql($node, q{select count(*) = 6 from debrief.analysis_feedback where (message like 'Real %' or message = 'Loud.') and audio_status = 'completed'});
    pass('and is stored when there is room');
    is(calls('Loud') + calls('Real'), 6, 'without another call');
    $node->safe_psql('postgres', 'alter table debrief.audio_objects set tablespace pg_default; drop tablespace small');
}

$node->stop;
done_testing();
