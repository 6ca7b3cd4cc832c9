# A pipeline with rows of every status, and with what users add to it, for the tests of dumps.
package FullPipeline;

use strict;
use warnings;
use Debrief;
use Exporter 'import';

our @EXPORT = qw(new_full_pipeline finished_messages unfinished_messages);

sub finished_messages { return ('Speak up', 'More light') }
# Those that are spoken when a copy of it is resumed.
sub unfinished_messages { return ('Is queued', 'Is being written', 'Waits for audio', 'Is being spoken') }

# Rows that a worker could not be caught in together: written by hand, with no worker about.
my $rows = q{
    insert into debrief.voices (name, language, provider_voice) values ('calm', 'en-GB', '{"stub": "nova"}');
    insert into debrief.video_recordings (user_id, storage_path, upload_status, metadata)
    select 'OWNER', 'OWNER/' || s || '.mp4', s, '{"voice": "calm"}' from unnest(array['pending', 'uploading', 'failed']) s;
    insert into debrief.video_recordings (user_id, storage_path, upload_status, original_filename)
    select 'OWNER', 'OWNER/talk.mp4', 'completed', s from unnest(array['queued', 'processing', 'failed']) s;
    update debrief.analysis_jobs j
       set status = r.original_filename, due_at = case when r.original_filename = 'queued' then j.due_at end,
           attempts = case when r.original_filename = 'queued' then 0 else 1 end,
           last_error = case when r.original_filename = 'failed' then 'It broke.' end, error_code = case when r.original_filename = 'failed' then 'internal' end,
           claim_token = case when r.original_filename = 'processing' then nextval('debrief.claim_token_seq') end,
           claimed_by = case when r.original_filename = 'processing' then 4242 end,
           lease_expires_at = case when r.original_filename = 'processing' then now() + interval '1 hour' end
      from debrief.video_recordings r where r.id = j.video_recording_id and r.original_filename is not null;
    insert into debrief.analysis_feedback (analysis_job_id, message, ssml_status, audio_status, ssml_attempts, audio_attempts,
      ssml_error_code, audio_error_code, claim_token, claimed_by, lease_expires_at)
    select j.id, s.message, s.ssml, s.audio, 1, 1, case s.ssml when 'failed' then 'blocked' end, case s.audio when 'failed' then 'timeout' end,
           case when 'processing' in (s.ssml, s.audio) then nextval('debrief.claim_token_seq') end,
           case when 'processing' in (s.ssml, s.audio) then 4242 end,
           case when 'processing' in (s.ssml, s.audio) then now() + interval '1 hour' end
      from (values ('Is queued.', 'queued', 'queued'), ('Is being written.', 'processing', 'queued'), ('Waits for audio.', 'completed', 'queued'),
                   ('Is being spoken.', 'completed', 'processing'), ('Was not written.', 'failed', 'queued'),
                   ('Was not spoken.', 'completed', 'failed'), (' ', 'queued', 'queued')) as s (message, ssml, audio)
     cross join (select id from debrief.analysis_jobs where status = 'completed') j;
    insert into debrief.analysis_ssml_segments (feedback_id, ssml) select id, '<speak>' || message || '</speak>' from debrief.analysis_feedback f
     where ssml_status = 'completed' and not exists (select from debrief.analysis_ssml_segments s where s.feedback_id = f.id);
    insert into debrief.object_deletions (store, storage_path) values ('sounds', 'kept/elsewhere.wav')};

my $additions = q{
    alter table debrief.analysis_feedback add column my_note text default 'mine';
    create index my_index on debrief.analysis_feedback (my_note);
    create policy mine on debrief.analysis_feedback for select to app using (my_note = 'mine');
    create function public.my_trigger() returns trigger language plpgsql as 'begin return new; end';
    create trigger mine after update on debrief.analysis_feedback for each row execute function public.my_trigger();
    create view public.my_view as select f.id, f.my_note, j.title from debrief.analysis_feedback f join debrief.analysis_jobs j on j.id = f.analysis_job_id;
    comment on column debrief.analysis_feedback.my_note is 'what I think of it';
    grant debrief_app to app;
    grant select, update (my_note) on debrief.analysis_feedback to app;
    grant select on debrief.attempts to app;
    grant usage on schema debrief to app;
    grant execute on function debrief.start_analysis(bigint) to reporter;
    revoke execute on function debrief.test_server(text, interval) from debrief_admin;
    grant usage on foreign server stub to app;
    create user mapping for app server stub;
    alter table debrief.stages disable trigger stage_wake;
    update debrief.stages set max_attempts = 5, instruction = 'Be kind.' where stage = 'analysis'};

# Answers the cluster, whose workers are stopped, and its provider.
sub new_full_pipeline
{
    my ($name) = @_;
    my $node = new_cluster($name, conf => "pg_debrief.attempt_history = all");
    my $stub = new_stub();
    my $root = $stub->serve($node);
    my $sounds = new_folder();
    $node->safe_psql('postgres', "create role app; create role reporter; create server sounds foreign data wrapper debrief options (kind 'directory', path '$sounds')");
    add_recording($node, $root, 'talk.mp4');
    wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'});
    wait_for_sql($node, q{select count(*) > 0 from debrief.server_usage});
    $node->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
    $node->reload;
    wait_for_sql($node, q{select count(*) = 0 from pg_stat_activity where backend_type = 'pg_debrief worker'});
    mkdir "$sounds/kept";
    open(my $sound, '>', "$sounds/kept/elsewhere.wav") or die $!;
    close $sound;
    (my $for_owner = $rows) =~ s/OWNER/owner_id()/ge;
    $node->safe_psql('postgres', $for_owner);
    $node->safe_psql('postgres', $additions);
    return ($node, $stub, "$sounds/kept/elsewhere.wav");
}

1;
