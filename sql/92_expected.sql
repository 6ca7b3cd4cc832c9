-- What check_installation() expects: the lines are written by `make expected`. That of a function ends in the
-- roles that may call it.

create or replace function debrief._expected() returns table (kind text, relation text, name text, definition text)
language sql immutable
set search_path = pg_catalog, pg_temp
as $expected$
  with lines as (
    select string_to_array(line, ' | ') as fields
      from unnest(string_to_array($lines$
column | debrief.analysis_audio_segments | audio_url | text not null
column | debrief.analysis_audio_segments | bytes | bigint
column | debrief.analysis_audio_segments | created_at | timestamp with time zone not null default now()
column | debrief.analysis_audio_segments | duration_ms | numeric
column | debrief.analysis_audio_segments | feedback_id | bigint not null
column | debrief.analysis_audio_segments | format | text
column | debrief.analysis_audio_segments | id | bigint not null generated always as identity
column | debrief.analysis_audio_segments | provider | text
column | debrief.analysis_audio_segments | segment_index | integer not null default 0
column | debrief.analysis_audio_segments | source_hash | text
column | debrief.analysis_audio_segments | storage_path | text
column | debrief.analysis_audio_segments | store | text
column | debrief.analysis_audio_segments | user_id | uuid not null
column | debrief.analysis_audio_segments | version | text
column | debrief.analysis_deliveries | analysis_job_id | bigint not null
column | debrief.analysis_deliveries | asked_at | timestamp with time zone not null default clock_timestamp()
column | debrief.analysis_deliveries | attempts | integer not null default 0
column | debrief.analysis_deliveries | claim_token | bigint
column | debrief.analysis_deliveries | claimed_at | timestamp with time zone
column | debrief.analysis_deliveries | claimed_by | bigint
column | debrief.analysis_deliveries | created_at | timestamp with time zone not null default clock_timestamp()
column | debrief.analysis_deliveries | due_at | timestamp with time zone default clock_timestamp()
column | debrief.analysis_deliveries | error_code | text
column | debrief.analysis_deliveries | feedback_id | bigint
column | debrief.analysis_deliveries | id | bigint not null generated always as identity
column | debrief.analysis_deliveries | last_error | text
column | debrief.analysis_deliveries | lease_expires_at | timestamp with time zone
column | debrief.analysis_deliveries | message_id | uuid not null default gen_random_uuid()
column | debrief.analysis_deliveries | status | text not null default 'queued'::text
column | debrief.analysis_deliveries | unproven | integer not null default 0
column | debrief.analysis_deliveries | unproven_at | timestamp with time zone
column | debrief.analysis_deliveries | updated_at | timestamp with time zone not null default clock_timestamp()
column | debrief.analysis_deliveries | user_id | uuid not null
column | debrief.analysis_feedback | analysis_job_id | bigint not null
column | debrief.analysis_feedback | asked_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | audio_attempts | integer not null default 0
column | debrief.analysis_feedback | audio_due_at | timestamp with time zone
column | debrief.analysis_feedback | audio_error_code | text
column | debrief.analysis_feedback | audio_last_error | text
column | debrief.analysis_feedback | audio_status | text not null default 'queued'::text
column | debrief.analysis_feedback | audio_updated_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | category | text not null default 'General'::text
column | debrief.analysis_feedback | claim_token | bigint
column | debrief.analysis_feedback | claimed_by | bigint
column | debrief.analysis_feedback | confidence | numeric
column | debrief.analysis_feedback | created_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | dismissed_at | timestamp with time zone
column | debrief.analysis_feedback | from_analysis | boolean not null default false
column | debrief.analysis_feedback | id | bigint not null generated always as identity
column | debrief.analysis_feedback | impact | numeric
column | debrief.analysis_feedback | lease_expires_at | timestamp with time zone
column | debrief.analysis_feedback | message | text not null default ''::text
column | debrief.analysis_feedback | not_before | timestamp with time zone
column | debrief.analysis_feedback | ssml_attempts | integer not null default 0
column | debrief.analysis_feedback | ssml_due_at | timestamp with time zone
column | debrief.analysis_feedback | ssml_error_code | text
column | debrief.analysis_feedback | ssml_last_error | text
column | debrief.analysis_feedback | ssml_status | text not null default 'queued'::text
column | debrief.analysis_feedback | ssml_updated_at | timestamp with time zone not null default now()
column | debrief.analysis_feedback | timestamp_seconds | numeric not null default 0
column | debrief.analysis_feedback | unproven | integer not null default 0
column | debrief.analysis_feedback | unproven_at | timestamp with time zone
column | debrief.analysis_feedback | user_id | uuid not null
column | debrief.analysis_feedback | user_rating | text
column | debrief.analysis_jobs | asked_at | timestamp with time zone not null default now()
column | debrief.analysis_jobs | attempts | integer not null default 0
column | debrief.analysis_jobs | bulk | boolean not null default false
column | debrief.analysis_jobs | claim_token | bigint
column | debrief.analysis_jobs | claimed_by | bigint
column | debrief.analysis_jobs | correlation_id | uuid not null default gen_random_uuid()
column | debrief.analysis_jobs | created_at | timestamp with time zone not null default now()
column | debrief.analysis_jobs | due_at | timestamp with time zone
column | debrief.analysis_jobs | error_code | text
column | debrief.analysis_jobs | exchange_server | text
column | debrief.analysis_jobs | exchange_state | jsonb
column | debrief.analysis_jobs | full_feedback_text | text
column | debrief.analysis_jobs | id | bigint not null generated always as identity
column | debrief.analysis_jobs | keep_until | timestamp with time zone
column | debrief.analysis_jobs | last_error | text
column | debrief.analysis_jobs | lease_expires_at | timestamp with time zone
column | debrief.analysis_jobs | processing_completed_at | timestamp with time zone
column | debrief.analysis_jobs | processing_started_at | timestamp with time zone
column | debrief.analysis_jobs | progress_percentage | integer not null default 0
column | debrief.analysis_jobs | provider | text
column | debrief.analysis_jobs | raw_response | jsonb
column | debrief.analysis_jobs | status | text not null default 'queued'::text
column | debrief.analysis_jobs | summary_text | text
column | debrief.analysis_jobs | title | text
column | debrief.analysis_jobs | unproven | integer not null default 0
column | debrief.analysis_jobs | unproven_at | timestamp with time zone
column | debrief.analysis_jobs | updated_at | timestamp with time zone not null default now()
column | debrief.analysis_jobs | user_id | uuid not null
column | debrief.analysis_jobs | version | text
column | debrief.analysis_jobs | video_recording_id | bigint not null
column | debrief.analysis_jobs | voice | text
column | debrief.analysis_jobs | voice_snapshot | jsonb not null default '{}'::jsonb
column | debrief.analysis_metrics | analysis_job_id | bigint not null
column | debrief.analysis_metrics | created_at | timestamp with time zone not null default now()
column | debrief.analysis_metrics | id | bigint not null generated always as identity
column | debrief.analysis_metrics | metric_key | text not null
column | debrief.analysis_metrics | metric_value | numeric not null
column | debrief.analysis_metrics | unit | text not null default ''::text
column | debrief.analysis_metrics | user_id | uuid not null
column | debrief.analysis_ssml_segments | created_at | timestamp with time zone not null default now()
column | debrief.analysis_ssml_segments | feedback_id | bigint not null
column | debrief.analysis_ssml_segments | id | bigint not null default nextval('debrief.analysis_ssml_segments_id_seq'::regclass)
column | debrief.analysis_ssml_segments | provider | text default 'gemini'::text
column | debrief.analysis_ssml_segments | segment_index | integer not null default 0
column | debrief.analysis_ssml_segments | ssml | text not null
column | debrief.analysis_ssml_segments | user_id | uuid not null
column | debrief.analysis_ssml_segments | version | text
column | debrief.attempts | attempt | integer not null
column | debrief.attempts | audio_ms | numeric
column | debrief.attempts | characters | bigint
column | debrief.attempts | code | text
column | debrief.attempts | connect_ms | numeric
column | debrief.attempts | correlation_id | uuid
column | debrief.attempts | detail | text
column | debrief.attempts | disposition | text not null
column | debrief.attempts | dns_ms | numeric
column | debrief.attempts | finished_at | timestamp with time zone not null default clock_timestamp()
column | debrief.attempts | first_byte_ms | numeric
column | debrief.attempts | http_status | integer
column | debrief.attempts | id | bigint not null generated always as identity
column | debrief.attempts | input_tokens | bigint
column | debrief.attempts | next_attempt_at | timestamp with time zone
column | debrief.attempts | output_tokens | bigint
column | debrief.attempts | row_id | bigint not null
column | debrief.attempts | server | text
column | debrief.attempts | stage | text not null
column | debrief.attempts | tls_ms | numeric
column | debrief.attempts | total_ms | numeric
column | debrief.attempts | user_id | uuid
column | debrief.audio_objects | body | bytea not null
column | debrief.audio_objects | content_type | text not null
column | debrief.audio_objects | created_at | timestamp with time zone not null default now()
column | debrief.audio_objects | storage_path | text not null
column | debrief.audio_objects | user_id | uuid not null
column | debrief.installation | database_oid | oid not null
column | debrief.installation | installed_at | timestamp with time zone not null default now()
column | debrief.installation | only_row | boolean not null default true
column | debrief.installation | system_identifier | text not null
column | debrief.installation | tables_version | text not null default '1.0'::text
column | debrief.object_deletions | attempts | integer not null default 0
column | debrief.object_deletions | created_at | timestamp with time zone not null default now()
column | debrief.object_deletions | due_at | timestamp with time zone not null default now()
column | debrief.object_deletions | feedback_id | bigint
column | debrief.object_deletions | id | bigint not null generated always as identity
column | debrief.object_deletions | last_error | text
column | debrief.object_deletions | segment_index | integer
column | debrief.object_deletions | storage_path | text not null
column | debrief.object_deletions | store | text not null
column | debrief.operations | action | text not null
column | debrief.operations | address | inet
column | debrief.operations | affected | bigint not null default 1
column | debrief.operations | application | text
column | debrief.operations | at | timestamp with time zone not null default clock_timestamp()
column | debrief.operations | end_user | uuid
column | debrief.operations | id | uuid not null default gen_random_uuid()
column | debrief.operations | login | text not null
column | debrief.operations | minute | timestamp with time zone not null default date_trunc('minute'::text, clock_timestamp())
column | debrief.operations | role | text not null
column | debrief.operations | target | text not null default ''::text
column | debrief.outages | began_at | timestamp with time zone not null
column | debrief.outages | ended_at | timestamp with time zone not null
column | debrief.outages | server | text not null
column | debrief.outages | stage | text not null
column | debrief.pipeline_hours | attempts | bigint not null
column | debrief.pipeline_hours | audio_ms | bigint not null
column | debrief.pipeline_hours | call_buckets | bigint[] not null
column | debrief.pipeline_hours | call_ms | bigint not null
column | debrief.pipeline_hours | characters | bigint not null
column | debrief.pipeline_hours | code | text not null
column | debrief.pipeline_hours | cost | numeric not null
column | debrief.pipeline_hours | count | bigint not null
column | debrief.pipeline_hours | duration_buckets | bigint[] not null
column | debrief.pipeline_hours | duration_ms | bigint not null
column | debrief.pipeline_hours | hour | timestamp with time zone not null
column | debrief.pipeline_hours | input_tokens | bigint not null
column | debrief.pipeline_hours | outcome | text not null
column | debrief.pipeline_hours | output_tokens | bigint not null
column | debrief.pipeline_hours | server | text not null
column | debrief.pipeline_hours | stage | text not null
column | debrief.pipeline_hours | wait_buckets | bigint[] not null
column | debrief.pipeline_hours | wait_ms | bigint not null
column | debrief.pipeline_minutes | attempts | bigint not null
column | debrief.pipeline_minutes | audio_ms | bigint not null
column | debrief.pipeline_minutes | call_buckets | bigint[] not null
column | debrief.pipeline_minutes | call_ms | bigint not null
column | debrief.pipeline_minutes | characters | bigint not null
column | debrief.pipeline_minutes | code | text not null
column | debrief.pipeline_minutes | cost | numeric not null
column | debrief.pipeline_minutes | count | bigint not null
column | debrief.pipeline_minutes | duration_buckets | bigint[] not null
column | debrief.pipeline_minutes | duration_ms | bigint not null
column | debrief.pipeline_minutes | input_tokens | bigint not null
column | debrief.pipeline_minutes | minute | timestamp with time zone not null
column | debrief.pipeline_minutes | outcome | text not null
column | debrief.pipeline_minutes | output_tokens | bigint not null
column | debrief.pipeline_minutes | rolled_up | boolean not null default false
column | debrief.pipeline_minutes | server | text not null
column | debrief.pipeline_minutes | stage | text not null
column | debrief.pipeline_minutes | wait_buckets | bigint[] not null
column | debrief.pipeline_minutes | wait_ms | bigint not null
column | debrief.pipeline_minutes | writer | integer not null
column | debrief.removed_sources | removed_at | timestamp with time zone not null default now()
column | debrief.removed_sources | source | text not null
column | debrief.server_limits | allowance | numeric not null default 0
column | debrief.server_limits | allowance_at | timestamp with time zone not null default '-infinity'::timestamp with time zone
column | debrief.server_limits | day | date
column | debrief.server_limits | day_calls | bigint not null default 0
column | debrief.server_limits | server | text not null
column | debrief.server_limits | spent_on | date
column | debrief.server_states | code | text
column | debrief.server_states | failures | integer not null default 0
column | debrief.server_states | message | text
column | debrief.server_states | parked_until | timestamp with time zone
column | debrief.server_states | paused | boolean not null default false
column | debrief.server_states | server | text not null
column | debrief.server_states | stage | text not null
column | debrief.server_states | updated_at | timestamp with time zone not null default now()
column | debrief.server_usage | audio_ms | numeric not null default 0
column | debrief.server_usage | calls | bigint not null default 0
column | debrief.server_usage | characters | bigint not null default 0
column | debrief.server_usage | cost | numeric not null default 0
column | debrief.server_usage | day | date not null
column | debrief.server_usage | failures | bigint not null default 0
column | debrief.server_usage | input_tokens | bigint not null default 0
column | debrief.server_usage | output_tokens | bigint not null default 0
column | debrief.server_usage | server | text not null
column | debrief.server_usage | stage | text not null
column | debrief.stage_states | code | text
column | debrief.stage_states | failures | integer not null default 0
column | debrief.stage_states | message | text
column | debrief.stage_states | parked_until | timestamp with time zone not null
column | debrief.stage_states | stage | text not null
column | debrief.stage_states | updated_at | timestamp with time zone not null default now()
column | debrief.stages | backoff_base_ms | integer not null default 1000
column | debrief.stages | backoff_cap_ms | integer not null default 60000
column | debrief.stages | give_up_after | interval not null default '24:00:00'::interval
column | debrief.stages | instruction | text not null default ''::text
column | debrief.stages | max_attempts | integer not null default 3
column | debrief.stages | max_in_flight | integer not null default 16
column | debrief.stages | paused | boolean not null default false
column | debrief.stages | rollout_percent | integer not null default 100
column | debrief.stages | server | text
column | debrief.stages | stage | text not null
column | debrief.stages | store | text
column | debrief.stages | timeout_ms | integer not null default 60000
column | debrief.stages | user_attempts_per_day | integer
column | debrief.user_usage | attempts | bigint not null
column | debrief.user_usage | day | date not null
column | debrief.user_usage | end_user | uuid not null
column | debrief.user_usage | stage | text not null
column | debrief.video_recordings | bulk | boolean not null default false
column | debrief.video_recordings | created_at | timestamp with time zone not null default now()
column | debrief.video_recordings | duration_seconds | numeric
column | debrief.video_recordings | file_size | bigint
column | debrief.video_recordings | format | text
column | debrief.video_recordings | id | bigint not null generated always as identity
column | debrief.video_recordings | metadata | jsonb not null default '{}'::jsonb
column | debrief.video_recordings | not_before | timestamp with time zone
column | debrief.video_recordings | original_filename | text
column | debrief.video_recordings | source | text
column | debrief.video_recordings | storage_path | text not null default ''::text
column | debrief.video_recordings | updated_at | timestamp with time zone not null default now()
column | debrief.video_recordings | upload_progress | integer not null default 0
column | debrief.video_recordings | upload_status | text not null default 'pending'::text
column | debrief.video_recordings | user_id | uuid not null
column | debrief.voices | is_default | boolean not null default false
column | debrief.voices | language | text not null default 'en-US'::text
column | debrief.voices | name | text not null
column | debrief.voices | provider_voice | jsonb not null default '{}'::jsonb
column | debrief.voices | speech_instruction | text not null default ''::text
column | debrief.voices | ssml_instruction | text not null default ''::text
constraint | debrief.analysis_audio_segments | analysis_audio_segments_created_at_check | CHECK (isfinite(created_at))
constraint | debrief.analysis_audio_segments | analysis_audio_segments_duration_ms_check | CHECK (((duration_ms > (0)::numeric) AND (duration_ms < 'Infinity'::numeric)))
constraint | debrief.analysis_audio_segments | analysis_audio_segments_feedback_id_fkey | FOREIGN KEY (feedback_id) REFERENCES debrief.analysis_feedback(id) ON DELETE CASCADE
constraint | debrief.analysis_audio_segments | analysis_audio_segments_feedback_id_segment_index_key | UNIQUE (feedback_id, segment_index)
constraint | debrief.analysis_audio_segments | analysis_audio_segments_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_audio_segments | analysis_audio_segments_segment_index_check | CHECK ((segment_index >= 0))
constraint | debrief.analysis_deliveries | analysis_deliveries_attempts_check | CHECK ((attempts >= 0))
constraint | debrief.analysis_deliveries | analysis_deliveries_claimed_when_processing | CHECK ((((claim_token IS NOT NULL) = (status = 'processing'::text)) AND ((lease_expires_at IS NOT NULL) = (status = 'processing'::text))))
constraint | debrief.analysis_deliveries | analysis_deliveries_due_when_queued | CHECK (((due_at IS NOT NULL) = (status = 'queued'::text)))
constraint | debrief.analysis_deliveries | analysis_deliveries_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_deliveries | analysis_deliveries_status_check | CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.analysis_deliveries | analysis_deliveries_times_are_finite | CHECK ((isfinite(due_at) AND isfinite(lease_expires_at) AND isfinite(claimed_at) AND isfinite(created_at) AND isfinite(updated_at) AND isfinite(unproven_at) AND isfinite(asked_at)))
constraint | debrief.analysis_deliveries | analysis_deliveries_unproven_check | CHECK ((unproven >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_analysis_job_id_fkey | FOREIGN KEY (analysis_job_id) REFERENCES debrief.analysis_jobs(id) ON DELETE CASCADE
constraint | debrief.analysis_feedback | analysis_feedback_audio_attempts_check | CHECK ((audio_attempts >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_audio_status_check | CHECK ((audio_status = ANY ('{queued,processing,completed,failed}'::text[])))
constraint | debrief.analysis_feedback | analysis_feedback_category_1_to_64_characters | CHECK (((length(category) >= 1) AND (length(category) <= 64)))
constraint | debrief.analysis_feedback | analysis_feedback_confidence_check | CHECK (((confidence >= 0.0) AND (confidence <= 1.0)))
constraint | debrief.analysis_feedback | analysis_feedback_due_only_when_queued | CHECK ((((ssml_due_at IS NULL) OR (ssml_status = 'queued'::text)) AND ((audio_due_at IS NULL) OR ((audio_status = 'queued'::text) AND (ssml_status = 'completed'::text)))))
constraint | debrief.analysis_feedback | analysis_feedback_impact_check | CHECK (((impact >= 0.0) AND (impact <= 1.0)))
constraint | debrief.analysis_feedback | analysis_feedback_leased_only_when_processing | CHECK (((lease_expires_at IS NULL) OR (ssml_status = 'processing'::text) OR (audio_status = 'processing'::text)))
constraint | debrief.analysis_feedback | analysis_feedback_message_at_most_4000_characters | CHECK ((length(message) <= 4000))
constraint | debrief.analysis_feedback | analysis_feedback_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_feedback | analysis_feedback_processing_is_claimed | CHECK (((claim_token IS NOT NULL) OR ((ssml_status <> 'processing'::text) AND (audio_status <> 'processing'::text))))
constraint | debrief.analysis_feedback | analysis_feedback_ssml_attempts_check | CHECK ((ssml_attempts >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_ssml_status_check | CHECK ((ssml_status = ANY ('{queued,processing,completed,failed}'::text[])))
constraint | debrief.analysis_feedback | analysis_feedback_times_are_finite | CHECK ((isfinite(ssml_updated_at) AND isfinite(audio_updated_at) AND isfinite(ssml_due_at) AND isfinite(audio_due_at) AND isfinite(lease_expires_at) AND isfinite(dismissed_at) AND isfinite(created_at) AND isfinite(not_before) AND isfinite(unproven_at) AND isfinite(asked_at)))
constraint | debrief.analysis_feedback | analysis_feedback_timestamp_seconds_check | CHECK (((timestamp_seconds >= 0.0) AND (timestamp_seconds <= '1000000000'::numeric)))
constraint | debrief.analysis_feedback | analysis_feedback_unproven_check | CHECK ((unproven >= 0))
constraint | debrief.analysis_feedback | analysis_feedback_user_rating_check | CHECK ((user_rating = ANY ('{up,down}'::text[])))
constraint | debrief.analysis_jobs | analysis_jobs_attempts_check | CHECK ((attempts >= 0))
constraint | debrief.analysis_jobs | analysis_jobs_due_only_when_queued | CHECK (((due_at IS NULL) OR (status = 'queued'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_leased_only_when_processing | CHECK (((lease_expires_at IS NULL) OR (status = 'processing'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_jobs | analysis_jobs_processing_is_claimed | CHECK (((claim_token IS NOT NULL) OR (status <> 'processing'::text)))
constraint | debrief.analysis_jobs | analysis_jobs_progress_percentage_check | CHECK (((progress_percentage >= 0) AND (progress_percentage <= 100)))
constraint | debrief.analysis_jobs | analysis_jobs_status_check | CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.analysis_jobs | analysis_jobs_times_are_finite | CHECK ((isfinite(due_at) AND isfinite(lease_expires_at) AND isfinite(processing_started_at) AND isfinite(processing_completed_at) AND isfinite(created_at) AND isfinite(updated_at) AND isfinite(unproven_at) AND isfinite(asked_at)))
constraint | debrief.analysis_jobs | analysis_jobs_unproven_check | CHECK ((unproven >= 0))
constraint | debrief.analysis_jobs | analysis_jobs_video_recording_id_fkey | FOREIGN KEY (video_recording_id) REFERENCES debrief.video_recordings(id) ON DELETE CASCADE
constraint | debrief.analysis_jobs | analysis_jobs_video_recording_id_key | UNIQUE (video_recording_id)
constraint | debrief.analysis_metrics | analysis_metrics_analysis_job_id_fkey | FOREIGN KEY (analysis_job_id) REFERENCES debrief.analysis_jobs(id) ON DELETE CASCADE
constraint | debrief.analysis_metrics | analysis_metrics_analysis_job_id_metric_key_key | UNIQUE (analysis_job_id, metric_key)
constraint | debrief.analysis_metrics | analysis_metrics_created_at_check | CHECK (isfinite(created_at))
constraint | debrief.analysis_metrics | analysis_metrics_metric_value_check | CHECK (((metric_value > '-Infinity'::numeric) AND (metric_value < 'Infinity'::numeric)))
constraint | debrief.analysis_metrics | analysis_metrics_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_created_at_check | CHECK (isfinite(created_at))
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_feedback_id_fkey | FOREIGN KEY (feedback_id) REFERENCES debrief.analysis_feedback(id) ON DELETE CASCADE
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_feedback_id_segment_index_key | UNIQUE (feedback_id, segment_index)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_pkey | PRIMARY KEY (id)
constraint | debrief.analysis_ssml_segments | analysis_ssml_segments_segment_index_check | CHECK ((segment_index >= 0))
constraint | debrief.attempts | attempts_finished_at_check | CHECK (isfinite(finished_at))
constraint | debrief.attempts | attempts_next_attempt_at_check | CHECK (isfinite(next_attempt_at))
constraint | debrief.attempts | attempts_pkey | PRIMARY KEY (id)
constraint | debrief.audio_objects | audio_objects_created_at_check | CHECK (isfinite(created_at))
constraint | debrief.audio_objects | audio_objects_pkey | PRIMARY KEY (storage_path)
constraint | debrief.installation | installation_installed_at_check | CHECK (isfinite(installed_at))
constraint | debrief.installation | installation_only_row_check | CHECK (only_row)
constraint | debrief.installation | installation_pkey | PRIMARY KEY (only_row)
constraint | debrief.installation | installation_system_identifier_check | CHECK ((length(system_identifier) <= 64))
constraint | debrief.object_deletions | object_deletions_created_at_check | CHECK (isfinite(created_at))
constraint | debrief.object_deletions | object_deletions_due_at_check | CHECK (isfinite(due_at))
constraint | debrief.object_deletions | object_deletions_pkey | PRIMARY KEY (id)
constraint | debrief.operations | operations_action_check | CHECK ((length(action) <= 63))
constraint | debrief.operations | operations_application_check | CHECK ((length(application) <= 63))
constraint | debrief.operations | operations_at_check | CHECK (isfinite(at))
constraint | debrief.operations | operations_login_check | CHECK ((length(login) <= 63))
constraint | debrief.operations | operations_minute_check | CHECK (isfinite(minute))
constraint | debrief.operations | operations_pkey | PRIMARY KEY (id)
constraint | debrief.operations | operations_role_check | CHECK ((length(role) <= 63))
constraint | debrief.operations | operations_target_check | CHECK ((length(target) <= 500))
constraint | debrief.outages | outages_began_at_check | CHECK (isfinite(began_at))
constraint | debrief.outages | outages_ended_at_check | CHECK (isfinite(ended_at))
constraint | debrief.outages | outages_pkey | PRIMARY KEY (stage, server, began_at)
constraint | debrief.outages | outages_server_check | CHECK ((length(server) <= 63))
constraint | debrief.outages | outages_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.pipeline_hours | pipeline_hours_code_check | CHECK ((length(code) <= 200))
constraint | debrief.pipeline_hours | pipeline_hours_hour_check | CHECK ((isfinite(hour) OR (hour = '-infinity'::timestamp with time zone)))
constraint | debrief.pipeline_hours | pipeline_hours_outcome_check | CHECK ((outcome = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text, 'retried'::text])))
constraint | debrief.pipeline_hours | pipeline_hours_pkey | PRIMARY KEY (hour, stage, server, outcome, code)
constraint | debrief.pipeline_hours | pipeline_hours_server_check | CHECK ((length(server) <= 63))
constraint | debrief.pipeline_hours | pipeline_hours_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.pipeline_minutes | pipeline_minutes_code_check | CHECK ((length(code) <= 200))
constraint | debrief.pipeline_minutes | pipeline_minutes_minute_check | CHECK (isfinite(minute))
constraint | debrief.pipeline_minutes | pipeline_minutes_outcome_check | CHECK ((outcome = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text, 'retried'::text])))
constraint | debrief.pipeline_minutes | pipeline_minutes_pkey | PRIMARY KEY (minute, writer, stage, server, outcome, code)
constraint | debrief.pipeline_minutes | pipeline_minutes_server_check | CHECK ((length(server) <= 63))
constraint | debrief.pipeline_minutes | pipeline_minutes_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.removed_sources | removed_sources_pkey | PRIMARY KEY (source)
constraint | debrief.removed_sources | removed_sources_removed_at_check | CHECK (isfinite(removed_at))
constraint | debrief.removed_sources | removed_sources_source_check | CHECK ((length(source) <= 500))
constraint | debrief.server_limits | server_limits_pkey | PRIMARY KEY (server)
constraint | debrief.server_states | server_states_code_check | CHECK ((length(code) <= 200))
constraint | debrief.server_states | server_states_failures_check | CHECK ((failures >= 0))
constraint | debrief.server_states | server_states_message_check | CHECK ((length(message) <= 20000))
constraint | debrief.server_states | server_states_parked_until_check | CHECK (isfinite(parked_until))
constraint | debrief.server_states | server_states_pkey | PRIMARY KEY (server, stage)
constraint | debrief.server_states | server_states_server_check | CHECK ((length(server) <= 63))
constraint | debrief.server_states | server_states_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.server_states | server_states_updated_at_check | CHECK (isfinite(updated_at))
constraint | debrief.server_usage | server_usage_pkey | PRIMARY KEY (server, stage, day)
constraint | debrief.stage_states | stage_states_code_check | CHECK ((length(code) <= 200))
constraint | debrief.stage_states | stage_states_failures_check | CHECK ((failures >= 0))
constraint | debrief.stage_states | stage_states_message_check | CHECK ((length(message) <= 20000))
constraint | debrief.stage_states | stage_states_parked_until_check | CHECK (isfinite(parked_until))
constraint | debrief.stage_states | stage_states_pkey | PRIMARY KEY (stage)
constraint | debrief.stage_states | stage_states_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.stage_states | stage_states_updated_at_check | CHECK (isfinite(updated_at))
constraint | debrief.stages | stages_backoff_base_ms_check | CHECK (((backoff_base_ms >= 1) AND (backoff_base_ms <= 3600000)))
constraint | debrief.stages | stages_backoff_cap_ms_check | CHECK (((backoff_cap_ms >= 1) AND (backoff_cap_ms <= 86400000)))
constraint | debrief.stages | stages_give_up_after_check | CHECK (((EXTRACT(epoch FROM give_up_after) >= (1)::numeric) AND (EXTRACT(epoch FROM give_up_after) <= ((90 * 86400))::numeric)))
constraint | debrief.stages | stages_instruction_check | CHECK ((length(instruction) <= 20000))
constraint | debrief.stages | stages_max_attempts_check | CHECK (((max_attempts >= 1) AND (max_attempts <= 100)))
constraint | debrief.stages | stages_max_in_flight_check | CHECK (((max_in_flight >= 1) AND (max_in_flight <= 5000)))
constraint | debrief.stages | stages_pkey | PRIMARY KEY (stage)
constraint | debrief.stages | stages_rollout_percent_check | CHECK (((rollout_percent >= 0) AND (rollout_percent <= 100)))
constraint | debrief.stages | stages_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.stages | stages_timeout_ms_check | CHECK (((timeout_ms >= 10) AND (timeout_ms <= 3600000)))
constraint | debrief.stages | stages_user_attempts_per_day_check | CHECK ((user_attempts_per_day > 0))
constraint | debrief.user_usage | user_usage_day_check | CHECK (isfinite(day))
constraint | debrief.user_usage | user_usage_pkey | PRIMARY KEY (stage, end_user)
constraint | debrief.user_usage | user_usage_stage_check | CHECK ((stage = ANY (ARRAY['analysis'::text, 'ssml'::text, 'audio'::text, 'deliver'::text])))
constraint | debrief.video_recordings | video_recordings_duration_seconds_check | CHECK (((duration_seconds >= (0)::numeric) AND (duration_seconds <= '1000000000'::numeric)))
constraint | debrief.video_recordings | video_recordings_file_size_check | CHECK ((file_size >= 0))
constraint | debrief.video_recordings | video_recordings_format_at_most_50_characters | CHECK ((length(format) <= 50))
constraint | debrief.video_recordings | video_recordings_metadata_at_most_256_kb | CHECK ((octet_length((metadata)::text) <= 262144))
constraint | debrief.video_recordings | video_recordings_original_filename_at_most_500_characters | CHECK ((length(original_filename) <= 500))
constraint | debrief.video_recordings | video_recordings_pkey | PRIMARY KEY (id)
constraint | debrief.video_recordings | video_recordings_source_at_most_500_characters | CHECK ((length(source) <= 500))
constraint | debrief.video_recordings | video_recordings_storage_path_check | CHECK (((length(storage_path) <= 1024) AND (storage_path !~ '(^/|//|(^|/)[.][.]?(/|$)|[[:cntrl:]])'::text)))
constraint | debrief.video_recordings | video_recordings_times_are_finite | CHECK ((isfinite(created_at) AND isfinite(updated_at) AND isfinite(not_before)))
constraint | debrief.video_recordings | video_recordings_upload_progress_check | CHECK (((upload_progress >= 0) AND (upload_progress <= 100)))
constraint | debrief.video_recordings | video_recordings_upload_status_check | CHECK ((upload_status = ANY (ARRAY['pending'::text, 'uploading'::text, 'completed'::text, 'failed'::text])))
constraint | debrief.video_recordings | video_recordings_user_source_key | UNIQUE (user_id, source)
constraint | debrief.voices | voices_language_check | CHECK (((length(language) <= 100) AND (language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'::text)))
constraint | debrief.voices | voices_name_check | CHECK (((length(name) >= 1) AND (length(name) <= 200)))
constraint | debrief.voices | voices_one_default | EXCLUDE USING btree (is_default WITH =) WHERE (is_default) DEFERRABLE
constraint | debrief.voices | voices_pkey | PRIMARY KEY (name)
constraint | debrief.voices | voices_provider_voice_check | CHECK (((jsonb_typeof(provider_voice) = 'object'::text) AND (octet_length((provider_voice)::text) <= 20000)))
constraint | debrief.voices | voices_speech_instruction_check | CHECK ((length(speech_instruction) <= 20000))
constraint | debrief.voices | voices_ssml_instruction_check | CHECK ((length(ssml_instruction) <= 20000))
function |  | debrief._access_role(text) | body 2028d6be47fcf9b3, rest b4d5108d9f400eef | debrief_admin
function |  | debrief._add_buckets(bigint[],bigint[]) | body 837d930b75f06887, rest ca41d040bec8a21d | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._adopt(text,text[]) | body 5e267a2be659ccdc, rest 8bda03fd3e77c5bd
function |  | debrief._announce(text,text,bigint[],text) | body 1e71e42c8d754fc6, rest 1de7109e0faed605 | debrief_outer, debrief_worker
function |  | debrief._answer_server_test(bigint,boolean,text) | body 1f16a673b9a0f815, rest e5c3158f779a6999 | debrief_outer, debrief_worker
function |  | debrief._as_jsonb(json) | body 5fbfb0f06e715ed9, rest db32d9f2841d9865 | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._audio_work(bigint,bigint[],bigint[]) | body fb6c3efff8a4471f, rest 9f8cb13cad6d7ef2 | debrief_outer, debrief_worker
function |  | debrief._bounds(text) | body 69d94661bd3fbfa2, rest 57d401e955a7c2c2 | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._bulk_causes(text) | body 9ee9ad7d47a5668e, rest b4666f0975d880a7 | debrief_outer, debrief_worker
function |  | debrief._cancel_feedback(bigint[]) | body 6a5363299aaef787, rest f5b199feee824243 | debrief_outer, debrief_worker
function |  | debrief._cancel_rows(bigint[],text) | body d08cb234450b30ef, rest 059239e5d97d1d83 | debrief_outer, debrief_worker
function |  | debrief._catalog() | body 68c920a130ee1be4, rest a07a7e8dc9f5b0e2 | debrief_admin, debrief_reader
function |  | debrief._causes(text,bigint) | body 23b7f1121c35943a, rest 5b00f5f2b6fa89cf | debrief_outer, debrief_worker
function |  | debrief._check_access() | body 2651202427c9af43, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_changed(text,bigint) | body 3ca889ece31f7c48, rest 6c9942f13eadf598 | debrief_outer, debrief_worker
function |  | debrief._check_delivery(bigint,boolean) | body efb4efe558a8cdba, rest fc97601dfd277200 | debrief_outer, debrief_worker
function |  | debrief._check_distribution() | body 8946ec3d35483627, rest 1448ab648cd58fc2 | debrief_admin, debrief_reader
function |  | debrief._check_gone(text,boolean) | body 55efab79b917e262, rest 10f83d2932f78921 | debrief_admin
function |  | debrief._check_grantee(text) | body 7631d0223328dd75, rest 2c709b0d1de9b0d9 | debrief_admin
function |  | debrief._check_grantees() | body f0b39e2fea236768, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_inheritance() | body 1a1e38531e604b80, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_isolation() | body 72a6a62bb7635233, rest ab40d2605f34f050 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._check_keys(text,jsonb,text[]) | body d7f344ff27a11337, rest 6c3a0071acc2e8fb | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._check_owner(text,bigint) | body 9f86c0463f4fb771, rest 0bcf823fcdeb2dd9 | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._check_owners() | body 7691aef196b51914, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_policies() | body 9ca77b9e4083446e, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_processes() | body c4f9f182772ddc94, rest 4fe703a7d8ed6d8e | debrief_admin, debrief_reader
function |  | debrief._check_roles() | body dafda9256d914834, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._check_stages() | body 02542b42b36987f1, rest 6e25d2c0728a9c09 | debrief_admin, debrief_reader
function |  | debrief._check_upload_column(regclass,text,text) | body ce825cd8cb0748d5, rest 9bf146609f14edff | debrief_admin
function |  | debrief._check_versions() | body 9be7475d64ca6f21, rest 3288a1e7cdacf372 | debrief_admin, debrief_reader
function |  | debrief._claim_analysis(bigint,integer,interval,timestamp with time zone,bigint[],bigint[]) | body 152307f5120c141c, rest f675a8cea3653756 | debrief_outer, debrief_worker
function |  | debrief._claim_audio(bigint,integer,interval,timestamp with time zone,bigint[],bigint[]) | body b06d0fbcdb366682, rest 8101053d9ecc759c | debrief_outer, debrief_worker
function |  | debrief._claim_deliver(bigint,integer,interval,timestamp with time zone,bigint[],bigint[]) | body 72d0bc2fb678f212, rest bb4fcc7a822fddd3 | debrief_outer, debrief_worker
function |  | debrief._claim_ssml(bigint,integer,interval,timestamp with time zone,bigint[],bigint[]) | body 5e2418a192d7abe4, rest 136fbff1d7608c02 | debrief_outer, debrief_worker
function |  | debrief._claim_unread(text,bigint,bigint,interval) | body ac0f4a647066568c, rest 664e38fa84ae3f5b | debrief_outer, debrief_worker
function |  | debrief._copied_at() | body 9ee0885db9cdef9f, rest f54e35426b09b662 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._cost(jsonb,numeric,numeric,numeric,numeric) | body c7f731632a1ad643, rest f79abde1d34c8438 | debrief_outer, debrief_worker
function |  | debrief._cost_per_day(text) | body c62d674122e43a7b, rest 6ca9bf328ffe6cc7 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._count_ended(text,text,text,bigint[]) | body 51f4aaf06448ef3e, rest 2b55b939e0112336 | debrief_outer, debrief_worker
function |  | debrief._count_outcomes(integer,text[],text[],text[],text[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[]) | body 85125e6df25ff8ab, rest 90ac3ff3f5d2a2f3 | debrief_outer, debrief_worker
function |  | debrief._count_user_attempts(text,bigint[],integer) | body e8831747a9c3256d, rest 9f38d64efc1f7271 | debrief_outer, debrief_worker
function |  | debrief._definition(oid,oid) | body 24c09322a021248e, rest 67b44139a1a5f6e9 | debrief_admin, debrief_reader
function |  | debrief._delete_upload(text,uuid) | body 8cc0cbbb28930475, rest 9fcedec8336961a9, owner debrief_admin | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._deliveries_deleted() | body b2931181d23dbeb4, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._dependents() | body 2201911df819c60b, rest ff511163e2ca7140 | debrief_admin, debrief_reader
function |  | debrief._differences() | body 17cabc64d238e562, rest 6898779e0a535342 | debrief_admin, debrief_reader
function |  | debrief._drop_deliveries(timestamp with time zone,timestamp with time zone,integer) | body 9795a9c09d6cc89e, rest 4b6c4dcfef7b92d3 | debrief_outer, debrief_worker
function |  | debrief._end_outage(text,text,timestamp with time zone) | body c91f852f14bd887a, rest d46e152386e49e69 | debrief_outer, debrief_worker
function |  | debrief._enqueue_deliveries(text,bigint[]) | body 841024901a61e4e6, rest 737d8b0684cf45ee | debrief_outer, debrief_worker
function |  | debrief._erase_operations(uuid,bigint) | body d301e9016222bfb9, rest 4a23c35ef8bc31a6, owner debrief_worker | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._exchange_ended() | body 7e05629243a10c4f, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._explain(text,bigint) | body 08d9d16d37ae76b6, rest 509fd76f1c36b85e | debrief_outer, debrief_worker
function |  | debrief._failure_detail(text,bigint,text) | body 8fbf27e2fa6f70c3, rest 4aaf20f7678309a3 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._fdw_validator(text[],oid) | body 5f9e1b0991234b59, rest 6448c35b1c32a093 | debrief_outer, debrief_worker
function |  | debrief._feedback_insert() | body 35e7d72e2abbcfe2, rest 3b040a155d20bbda | debrief_outer, debrief_worker
function |  | debrief._feedback_update() | body a9384664e15ccc3e, rest 3b040a155d20bbda | debrief_outer, debrief_worker
function |  | debrief._fix(text,text,text,text,text) | body bf7a12f7494b1c7a, rest 43d46440ad7a663b | debrief_admin, debrief_reader
function |  | debrief._give_up() | body 5974e20f0d3768af, rest b9688e7032ca9d01 | debrief_outer, debrief_worker
function |  | debrief._grant_calls(text,integer,integer,bigint,bigint,bigint) | body 6bc114f0fca96499, rest d814e7c9f2e3366b | debrief_outer, debrief_worker
function |  | debrief._grant_membership(text,text) | body 3dee5794f08d1471, rest 0264293720943839 | debrief_admin
function |  | debrief._grant_outer() | body ac88f347c78ec4f7, rest aa7615f12231e5e2
function |  | debrief._hasten(text) | body 7bdbb609db89aa0d, rest 6703b462c885427b, owner debrief_worker | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._hold_claims(bigint[],bigint[],text) | body 1f23268df80978c6, rest 5febf1bfbf6eaafe | debrief_outer, debrief_worker
function |  | debrief._hold_extension() | body 13e4a9da0a667adf, rest 509a56ac1204ee0d | debrief_outer, debrief_worker
function |  | debrief._hold_over_quota(text,integer,timestamp with time zone,bigint[],bigint[],integer) | body 75aeaa815fab85e9, rest bab48526569678cc | debrief_outer, debrief_worker
function |  | debrief._in_rollout(uuid,integer) | body bf312857b8bc5631, rest 9d1b7034aff51192 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._install() | body 7851f822139f57a8, rest aa7615f12231e5e2
function |  | debrief._install_access() | body a681b478dcd3ca9b, rest aa7615f12231e5e2
function |  | debrief._install_configuration_tables() | body f5f791bc8b1dad94, rest aa7615f12231e5e2
function |  | debrief._install_deliver_access() | body 4f2968c573876e56, rest fa7c8aedbc1875ee
function |  | debrief._install_deliver_tables() | body 530ada5334232505, rest aa7615f12231e5e2
function |  | debrief._install_deliver_triggers() | body 76c3fe7b67c4b85e, rest aa7615f12231e5e2
function |  | debrief._install_feedback_tables() | body 2b027d5980413ed9, rest aa7615f12231e5e2
function |  | debrief._install_history_tables() | body 6c788b438d8a2443, rest aa7615f12231e5e2
function |  | debrief._install_kept_tables() | body 5a84944a8d9a1ae0, rest aa7615f12231e5e2
function |  | debrief._install_number_views() | body 23236a2d66cd0f07, rest aa7615f12231e5e2
function |  | debrief._install_optional(text) | body f5649ba99f2dcd61, rest 3b2b919c2939257a
function |  | debrief._install_pipeline_tables() | body 1d8dd5f1550c0885, rest aa7615f12231e5e2
function |  | debrief._install_stages() | body 22baf4dc602deacf, rest fa7c8aedbc1875ee
function |  | debrief._install_status_views() | body 93077d33e3e61668, rest aa7615f12231e5e2
function |  | debrief._install_tables() | body b93162faaaa2261b, rest fa7c8aedbc1875ee
function |  | debrief._install_triggers() | body 58f474116b8a0bee, rest aa7615f12231e5e2
function |  | debrief._install_views() | body 469b65b8dc9484bd, rest aa7615f12231e5e2
function |  | debrief._intend_objects(text[],text[],bigint[],integer[]) | body b290b605be276941, rest 53de7c4d0faf6a3c | debrief_outer, debrief_worker
function |  | debrief._is_blank(text) | body 17aef9c5470ce676, rest b75adef9fa91befd | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._is_copy() | body facf71917f04de1c, rest ed3d02f6c7d9813e | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._is_final(bigint,bigint) | body 1e340707dc23379c, rest 15b6eb6e4b8a1539 | debrief_outer, debrief_worker
function |  | debrief._is_operator() | body 4b15d4e37f9d8657, rest ed3d02f6c7d9813e | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._is_outer_session() | body 9d5806f95270cf22, rest ed3d02f6c7d9813e | debrief_outer, debrief_worker
function |  | debrief._is_to_deliver(bigint) | body 5aedd3cda9cf0889, rest 0600939437b1ce8f | debrief_outer, debrief_worker
function |  | debrief._job_check() | body dc00f2eda7166ea0, rest 806bb087918afd56 | debrief_outer, debrief_worker
function |  | debrief._keep_exchange(bigint[],bigint[],text[],text[]) | body a3065ac76a5cd986, rest cdb91bafd6cf6754 | debrief_outer, debrief_worker
function |  | debrief._key_file_fix(text) | body fd22b9622d258635, rest ec66a16b310c2aa6 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._kickoff() | body 1fc8667c73839007, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._known_stage(text) | body 72585ca978c9b9aa, rest 968d1bbd9b346aed | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._library_version() | body fce8fad84c2bd09a, rest 9156bbdf8cd1c370 | debrief_admin, debrief_reader
function |  | debrief._limits() | body 4118a11d941115b9, rest 33de3437b86c6f22 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._load_config() | body 934c18279d72893f, rest c522973db41907aa | debrief_outer, debrief_worker
function |  | debrief._lock_class() | body 7ecdc5fd0ab87e87, rest 9d2a93d418303ba3 | debrief_outer, debrief_worker
function |  | debrief._lock_object(bigint) | body f7bbeb6658a07e07, rest cb161f5f24afedab | debrief_outer, debrief_worker
function |  | debrief._lock_rows(text,text,text,timestamp with time zone,boolean,uuid,integer) | body af0ccd1f0ecde937, rest 2af1aa75f63ade53 | debrief_outer, debrief_worker
function |  | debrief._lock_tables() | body 34b8c4de3ed5f038, rest 13bd0ec286ab54e4
function |  | debrief._log_change() | body b86f2f82489d4f44, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._log_operation(text,text,bigint) | body c3c410ef1be18ef1, rest b979b00234599bd1, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._log_server_command() | body 5cec16d7694b78ce, rest 53244aca2e251b0f, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._look_ahead(text,timestamp with time zone,bigint,uuid[],boolean,integer) | body 841fddf2545ded39, rest eadbdbc0686e8c96 | debrief_outer, debrief_worker
function |  | debrief._lost_claims(text,bigint[],bigint[]) | body cf5a6a1800c1b78f, rest 3e87c1026858c731 | debrief_outer, debrief_worker
function |  | debrief._may_act_on(uuid) | body 25d25a1e7d36d752, rest ee317c69652959d5 | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._may_read_all() | body 3ac362f5b5dc13cf, rest ed3d02f6c7d9813e | debrief_outer, debrief_worker
function |  | debrief._message_body(bigint) | body 2c53c1cfd061b153, rest e055a8e8a85c32b7 | debrief_outer, debrief_worker
function |  | debrief._metrics_of_history() | body a36ff58b773cedee, rest f43ae6e902d46ca4 | debrief_reader
function |  | debrief._metrics_of_rows() | body 0674c368f7c74643, rest f43ae6e902d46ca4 | debrief_reader
function |  | debrief._needs_store(text,text) | body edfee112e2715ce7, rest 2afb90ea8759800d | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._next_alone(text,bigint[]) | body 70faa557f34a2f96, rest 0ebf68935100d8c9 | debrief_outer, debrief_worker
function |  | debrief._next_day() | body 30947bdbef153964, rest a502c3fac97b7fa7 | debrief_outer, debrief_worker
function |  | debrief._next_due() | body 581f2b936db0307a, rest 2f8edf1992d654f4 | debrief_outer, debrief_worker
function |  | debrief._note_copy() | body a23a659def337547, rest 2b7e43281cc94cb0 | debrief_outer, debrief_worker
function |  | debrief._note_outage(text,text,timestamp with time zone,timestamp with time zone) | body a5a0c9fd1575a2a2, rest be272c0b3c8f89ab | debrief_outer, debrief_worker
function |  | debrief._notify_queue_fills() | body e537cfdc6d89c606, rest 2b7e43281cc94cb0 | debrief_outer, debrief_worker
function |  | debrief._object_unreferenced() | body 86f8a74788548cd6, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._objects_truncated() | body 53659cd254858007, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._outage_limit(text) | body aa95b4a49ea90261, rest 3a98854af99f1185 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._outer_has_waited() | body d2d2d437a8c3fa0b, rest 2b7e43281cc94cb0 | debrief_outer, debrief_worker
function |  | debrief._owner_sentence(text,text) | body 4e56f5bd256d6d6d, rest 2b9f6e5663814c2b | debrief_outer, debrief_worker
function |  | debrief._park_server(text,text,bigint,integer,text,text) | body 41499d542fbc8d8b, rest bfb77390f0bbd08c | debrief_outer, debrief_worker
function |  | debrief._park_stage(text,bigint,integer,text,text) | body 6942e99aaa371656, rest 7b7bdf78f0dd3992 | debrief_outer, debrief_worker
function |  | debrief._percentile(bigint[],double precision[],double precision) | body 160c0f77e03d8837, rest 39e4d281f5c70682 | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._process_problems() | body 34d5099928142b31, rest 961c5326a976a7be | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._progress(bigint,bigint,integer) | body 9c61a5f831b71d14, rest 97fbdc752f6d6c67 | debrief_outer, debrief_worker
function |  | debrief._prune_analyses() | body 1ee0cf947dd8b180, rest 3e643072ebb4b480, owner debrief_admin | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._prune_attempts(interval,integer) | body c29e452d9378e7e0, rest efa5a73b0b09010a | debrief_outer, debrief_worker
function |  | debrief._prune_history(integer) | body bba66a2649f2deeb, rest 929797427e1147b4 | debrief_outer, debrief_worker
function |  | debrief._put_off(text,bigint[],timestamp with time zone) | body 2961e280f480555e, rest 3f8cd065eb85725b | debrief_outer, debrief_worker
function |  | debrief._queue_analysis(bigint) | body c833d0378330b66a, rest 8c296ad7fdf42513 | debrief_outer, debrief_worker
function |  | debrief._queue_rows() | body cff8094f7d6a2af1, rest f8abd538279f3f97 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._quota_changed() | body 4eb9a207e29403c2, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._record_attempts(text,text,bigint[],text[],text[],integer[],text[],bigint[],text[],text[],integer[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[]) | body f7651eb118a036fc, rest c0a448bc4629082a | debrief_outer, debrief_worker
function |  | debrief._record_rescue(text,bigint,timestamp with time zone) | body 3f3fa261a99c70fb, rest 67e046caedcaab68 | debrief_outer, debrief_worker
function |  | debrief._record_usage(text,text,bigint,bigint,bigint,bigint,bigint,bigint) | body 15885f34c387f92e, rest aa3c37e8edc21bfe | debrief_outer, debrief_worker
function |  | debrief._recording_check() | body 2fd241c7419c913a, rest 806bb087918afd56 | debrief_outer, debrief_worker
function |  | debrief._refusal(text,bigint) | body 4a497d6f5c135ff8, rest 1ca4e0cab1550d3f | debrief_outer, debrief_worker
function |  | debrief._release(bigint,bigint[]) | body 1b55fc4e876be7b2, rest 77c68f3a59e29331 | debrief_outer, debrief_worker
function |  | debrief._release_rows(text,bigint,bigint[]) | body d656ee22e9dd6349, rest 4172979f8880cf58 | debrief_outer, debrief_worker
function |  | debrief._release_tables() | body 8d0b2fc9cbe76d8a, rest aa7615f12231e5e2
function |  | debrief._remake_view(text) | body 64b8bb118945d9a3, rest 7f6bda790f98a253
function |  | debrief._removable(interval,integer,double precision) | body 26c0cb4edc84f623, rest 1c665c5d37fed70d | debrief_admin
function |  | debrief._remove_ended(interval,boolean,integer,double precision) | body 1425ce54204efe8d, rest 994323c56e84e964 | debrief_admin
function |  | debrief._remove_recordings(bigint[],boolean) | body 8404034fad40176b, rest e2e52bd824d8859f | debrief_admin
function |  | debrief._renew(text,bigint[],bigint[],interval) | body b9cafab38ca891f2, rest c72e72a2c6247d23 | debrief_outer, debrief_worker
function |  | debrief._requeue(bigint[],text) | body 7d5d9cf6d4e8c82f, rest 059239e5d97d1d83 | debrief_outer, debrief_worker
function |  | debrief._rescue(bigint,bigint[]) | body b23a0d4df47e2a3b, rest 32d39cef6d8d6809 | debrief_outer, debrief_worker
function |  | debrief._rescue_feedback(bigint,bigint[],bigint[],bigint) | body 1dfa621b19b7954c, rest e20895f887008501 | debrief_outer, debrief_worker
function |  | debrief._rescue_rows(text,bigint,bigint[],bigint[],bigint) | body 64622a8261ab3ab6, rest c5314e93ec7672c4 | debrief_outer, debrief_worker
function |  | debrief._restrict_stage(text) | body 44978eea4e9f79e8, rest de9170e1de51baea
function |  | debrief._return_calls(text,integer) | body 5298d3a1c83cc14f, rest 0c40fa8efeee86f7 | debrief_outer, debrief_worker
function |  | debrief._revoke_default_privileges(text) | body 0885edb252ee4caf, rest 911c3901e1874873
function |  | debrief._revoke_membership(text,text) | body c24e7855524d8653, rest 0264293720943839 | debrief_admin
function |  | debrief._roll_up_history(integer) | body b31fc7986415429a, rest 929797427e1147b4 | debrief_outer, debrief_worker
function |  | debrief._room_causes(text) | body d9df68d71ba6f31f, rest b4666f0975d880a7 | debrief_outer, debrief_worker
function |  | debrief._row_holder(regclass,tid) | body 6c5620bd5354fdea, rest cfd9a779936ecf22 | debrief_outer, debrief_worker
function |  | debrief._rows_before(text,bigint,timestamp with time zone) | body 0711a17b23ef49a9, rest 1395563396cec6fa | debrief_outer, debrief_worker
function |  | debrief._runs_alone(text,integer,integer) | body 6f330d1bb1443ba9, rest c1ed1b6dd4abbbfc | debrief_outer, debrief_worker
function |  | debrief._sees_dismissed() | body e44795db60cc1341, rest ed3d02f6c7d9813e | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._segment_owner() | body f5f09c17354bcd19, rest 806bb087918afd56 | debrief_outer, debrief_worker
function |  | debrief._server_hint(text,text) | body a90607cce3e8a9c0, rest 2732df24ab5c2a67 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._server_kind(text) | body fa77f70b85a7edaa, rest a983af9e2ae3d41b | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._server_ok(text,text) | body ef170bd2de835d10, rest a89eb0a22ac8fbed | debrief_outer, debrief_worker
function |  | debrief._server_options(text) | body 028953020536d46f, rest d3bc8ac7dbb281c4 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._serves_since() | body 0680193d21704342, rest aa634905b668b31f | debrief_outer, debrief_worker
function |  | debrief._settle_analysis(bigint,bigint,text,text,text,text,text,text,text[],text[],text[],text[],text[],text[],text[],text[]) | body 3b7f12cd79e87707, rest 5c7f98e4b77fe68a | debrief_outer, debrief_worker
function |  | debrief._settle_audio(bigint[],bigint[],boolean[],text,text,integer[],integer[],text[],text[],text[],text[],text[],text[],bigint[],text[],bytea[]) | body eb4821090c88e558, rest 81c5963e3e8ab794 | debrief_outer, debrief_worker
function |  | debrief._settle_count() | body 3aed7dcabae18785, rest 65e5a6a5b3207565 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._settle_deletions(bigint[],text[]) | body bc93caa844a7faa5, rest 978ec3dfb3af6439 | debrief_outer, debrief_worker
function |  | debrief._settle_deliver(bigint[],bigint[]) | body a5ccd9adc31d2138, rest 0cbffea36cf13917 | debrief_outer, debrief_worker
function |  | debrief._settle_failures(text,bigint[],bigint[],text[],bigint[],text[],text[],integer[]) | body ffcac375aaf6c94e, rest 16618db120ee056e | debrief_outer, debrief_worker
function |  | debrief._settle_ssml(bigint[],bigint[],text,text[],integer[],integer[],text[],integer,bigint,interval) | body da3bca66f931fed7, rest 59352632bd332de5 | debrief_outer, debrief_worker
function |  | debrief._source_hash(text,jsonb,text) | body dc3b4051f4c422b9, rest a7f32ca31c331f2e | debrief_outer, debrief_worker
function |  | debrief._stage_check() | body d95551fca4614e36, rest 806bb087918afd56 | debrief_outer, debrief_worker
function |  | debrief._stage_holds() | body 06b8b8d2eb394b13, rest 7da4c56c43bcf313 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._stage_ok(text) | body 48d0bca52303a982, rest 97261cc8a95a402e | debrief_outer, debrief_worker
function |  | debrief._stage_place(text) | body 4a9687af4f146a71, rest bd422d9a7956e974 | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._stages() | body b445500f73f60517, rest 1fda9c8f3f26002e | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._stages_served(text) | body 928514618fab963b, rest f4249e13fffb599a | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._stages_used() | body 44673c2dfd25a8ba, rest dbc06fc010ed2134 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._start_bulk(timestamp with time zone,integer) | body 67f197cdfc92140e, rest ac77bd20d3cc0ae4 | debrief_outer, debrief_worker
function |  | debrief._stop_outage_clock() | body 3a1c8f44dc7a3224, rest 2020d18a9226bfe4, owner debrief_worker | debrief_outer, debrief_worker
function |  | debrief._subscription() | body b11526f00bcbc161, rest 8556fde227ac3996 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._sum_buckets(bigint[]) | body 3eb6d2f5e7ee95ed, rest d81aed4f6dd46915 | debrief_admin, debrief_monitor, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._system_identifier() | body 6e336f44d6f3dfa8, rest 4adabcaf0a1cdd5f | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._tables_version() | body a4330fea2aeeac22, rest 8d706d5c07c4bf0c | debrief_admin, debrief_reader
function |  | debrief._take_deletions(integer) | body 0a73acfd7e0180ca, rest 8d7e0582f9d38475 | debrief_outer, debrief_worker
function |  | debrief._take_server_test() | body b826f46b987a0059, rest 4a6afe358ceafed9 | debrief_outer, debrief_worker
function |  | debrief._test_server(text,integer) | body 6471016a373f1973, rest fb7c267ba0aa346c | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._trace_id(jsonb) | body 49514a2503fa40d6, rest 1c66ec4cba12a976 | debrief_outer, debrief_worker
function |  | debrief._undone(timestamp with time zone) | body 0e6de90f79a46a4b, rest 2000d33e1691d68f | debrief_admin
function |  | debrief._upload_arguments(text[]) | body fd5101456c222835, rest 93178716f7d50a25 | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_elsewhere(regclass,text,jsonb) | body fc607227807a49a8, rest 5c108356f8ded0a6 | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_is(text,text) | body 5aa576581bb82155, rest 46f4fa0cab1079df | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_metadata(jsonb,jsonb) | body bb4032c486771967, rest d2d32a8853e5ffde | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_of(jsonb,text[],jsonb,text) | body 70b70204ffd6f0e2, rest 734259568c6c605c | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_options() | body f37cd2e123ee5025, rest 8559ef0047e27191 | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_path(text,jsonb) | body 580c534b309a3c53, rest ee68cc4f31dacd1d | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._upload_value(jsonb,text) | body e726cc157a66160c, rest 334a47893a20ca87 | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._user_attempts(text,uuid) | body e1580621653da594, rest 543df1a6a54ef2cd | debrief_outer, debrief_worker
function |  | debrief._voices_hint() | body 3423c28d52839ef7, rest 8556fde227ac3996 | debrief_admin, debrief_outer, debrief_worker
function |  | debrief._wait_for(text,bigint,interval) | body d58c91391306628f, rest babc64d09c0948bb | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._wait_for_settle(bigint,integer) | body 75f294ca27392d69, rest 0219bc8f087f7ebe | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._wait_for_wake(integer,integer,integer[],text,text,boolean,text,boolean) | body e6873dfe4a0b2ad7, rest 07c699c05e1f7413 | debrief_outer, debrief_worker
function |  | debrief._waiting_alone() | body 185c4637fe287145, rest f2e528faf3bea810 | debrief_outer, debrief_worker
function |  | debrief._wake() | body 35f0cdbee63ca953, rest 9bac13cdf4e63bf5 | debrief_outer, debrief_worker
function |  | debrief._wake_revoked() | body ebc0b059affa792f, rest 9bac13cdf4e63bf5 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief._wake_trigger() | body bbdf4f257a3327dd, rest 3b040a155d20bbda | debrief_outer, debrief_worker
function |  | debrief._warn_of_dependents() | body 10dba2dea2b66ea2, rest aa7615f12231e5e2
function |  | debrief._was_removed(text) | body 1ab5f4f7e510083e, rest 23a13d205d511135, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief._worker_start() | body dc60ab30a34e7317, rest 37d5b78853a86d8f | debrief_outer, debrief_worker
function |  | debrief._workers() | body ddc2f61f1864f040, rest e80357b1a63369f6 | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.activate_copy() | body 5f168e5496dc1fc1, rest b3823c8926c800c2 | debrief_admin
function |  | debrief.cancel_analysis(bigint) | body 2c6148c099f7a289, rest f18420b6f87f2aec, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.cancel_delivery(bigint) | body 05acb34db168580a, rest 9399ea939ab7df98, owner debrief_worker | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.cancel_feedback(bigint) | body 9692f922b0b9aa46, rest 937958f8eab16b1a, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.cancel_queued(text,text,uuid,timestamp with time zone,integer) | body 94b10b3f11d617da, rest f148303f41cbf34b, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.check_installation() | body 036c1d607b08ee86, rest 5afc63f1ddd6e1f5 | debrief_admin, debrief_reader
function |  | debrief.current_user_id() | body 7e70d8f55c34bfe7, rest 56d7c087638d489f | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.delete_recording(bigint) | body f87ec99ff3207156, rest 24324d66fa9f5909, owner debrief_admin | debrief_admin, debrief_app
function |  | debrief.dismiss_feedback(bigint) | body b688ac23c7620316, rest 937958f8eab16b1a, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.drain(interval) | body 25933efd02637eb0, rest 9e00b99f1721488c | debrief_admin
function |  | debrief.erase_user(uuid) | body 2f0d3421d3d08e6d, rest 39be11f5e161aa3c | debrief_admin
function |  | debrief.explain(bigint) | body 6c52509f9f78f082, rest 4084c656e5ead5d1, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.explain_analysis(bigint) | body b8ddc9b4bd26e779, rest 5f1ef8cf8f266825, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.explain_delivery(bigint) | body 5aad29b1701758bd, rest f601e9bc0d568c2d, owner debrief_worker | debrief_admin, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.export_user(uuid) | body 2aba07321bf4a718, rest 06156c8ef051f13f | debrief_admin
function |  | debrief.get_analysis_with_metrics(bigint) | body fc811d423d2b2a31, rest ad84d67008351b34 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.get_audio(bigint,integer) | body 67321e484264be56, rest fee284b2faf15873 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.get_audio_segments_for_feedback(bigint) | body ae0e52023a82c38c, rest 37f26d197cb1b9c8 | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.grant_access(text,text) | body 48fde573f60fbc71, rest 95728618484353d8 | debrief_admin
function |  | debrief.metrics(boolean) | body a4c05df71366ee15, rest 1034addabdfe03e5, owner debrief_reader | debrief_admin, debrief_monitor, debrief_reader
function |  | debrief.pause(text) | body 039716de05c6b3bc, rest 952d13cee8a90e93 | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.pause_server(text) | body db05982ff02d5ed1, rest 9809d5faf57c955f | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.resume(text) | body f2e1d355188dcfe4, rest e2f656ab15ccdf8c | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.resume_server(text) | body af2af13ddea7a549, rest 9809d5faf57c955f | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.retry_analysis(bigint) | body f91badc162bbda37, rest 03ecc2d2c7818b9f, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.retry_delivery(bigint) | body 07d2c7b4cf761299, rest 9399ea939ab7df98, owner debrief_worker | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.retry_failed(text,text,timestamp with time zone,integer) | body 3ed128b073216622, rest ba049309ce770a93, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.retry_feedback(bigint,text) | body cf1f54869e153414, rest 5a7fc08651a9b6c3, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.revoke_access(text,text) | body c358546001c31d9f, rest 95728618484353d8 | debrief_admin
function |  | debrief.set_voice(bigint,text) | body f7553ba45bb792c2, rest 3a2ae536f7226865, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.start_analysis(bigint) | body f59691e3a3299ef8, rest 1f6d8ac81cd32f21, owner debrief_worker | debrief_admin, debrief_app, debrief_outer, debrief_worker
function |  | debrief.store_analysis_results(bigint,text,text,text,jsonb,jsonb,jsonb) | body 671004fb3e6914ec, rest 419f2a5eded8a425, owner debrief_worker | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.test_server(text,interval) | body fdc73bd55e08ef8e, rest cbd77b7ab0f127cd | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.track(regclass,text,text,text,text,text,text,text,text,text,text,text,text,text,text,text,text,text,text) | body bb59f0bd0202dfa1, rest f074f58f0ff66b98 | debrief_admin
function |  | debrief.track_upload() | body b4a124ab321ecfaf, rest 43f21924178bf1b2 | debrief_admin, debrief_outer, debrief_worker
function |  | debrief.update_tables() | body 70c8155d4b2d8732, rest f65d4c572f4a26ae
function |  | debrief.version() | body 718192ce739a9cbc, rest af39c77d4db0852c | debrief_admin, debrief_reader
function |  | debrief.wait_for_analysis(bigint,interval) | body 8a923c4dc60ca470, rest ef9f43246e22053a | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.wait_for_feedback(bigint,interval) | body c74429367493585c, rest 3c072983450f0d4f | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
function |  | debrief.wait_for_recording(bigint,interval) | body 32d8100e444d997b, rest 03d1fb387a31afcd | debrief_admin, debrief_app, debrief_outer, debrief_reader, debrief_worker
grant | debrief.analysis_audio_segments | debrief_admin | SELECT
grant | debrief.analysis_audio_segments | debrief_app | SELECT
grant | debrief.analysis_audio_segments | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.analysis_audio_segments | debrief_reader | SELECT
grant | debrief.analysis_audio_segments | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.analysis_deliveries | debrief_admin | SELECT
grant | debrief.analysis_deliveries | debrief_app | SELECT
grant | debrief.analysis_deliveries | debrief_outer | DELETE, INSERT (analysis_job_id), INSERT (feedback_id), INSERT (user_id), SELECT, UPDATE (asked_at), UPDATE (attempts), UPDATE (claim_token), UPDATE (claimed_at), UPDATE (claimed_by), UPDATE (due_at), UPDATE (error_code), UPDATE (last_error), UPDATE (lease_expires_at), UPDATE (status), UPDATE (unproven), UPDATE (unproven_at), UPDATE (updated_at)
grant | debrief.analysis_deliveries | debrief_reader | SELECT
grant | debrief.analysis_deliveries | debrief_worker | DELETE, INSERT (analysis_job_id), INSERT (feedback_id), INSERT (user_id), SELECT, UPDATE (asked_at), UPDATE (attempts), UPDATE (claim_token), UPDATE (claimed_at), UPDATE (claimed_by), UPDATE (due_at), UPDATE (error_code), UPDATE (last_error), UPDATE (lease_expires_at), UPDATE (status), UPDATE (unproven), UPDATE (unproven_at), UPDATE (updated_at)
grant | debrief.analysis_feedback | debrief_admin | DELETE, INSERT (analysis_job_id), INSERT (category), INSERT (confidence), INSERT (impact), INSERT (message), INSERT (not_before), INSERT (timestamp_seconds), SELECT, UPDATE (audio_status), UPDATE (category), UPDATE (confidence), UPDATE (impact), UPDATE (message), UPDATE (ssml_status), UPDATE (timestamp_seconds), UPDATE (user_rating)
grant | debrief.analysis_feedback | debrief_app | SELECT, UPDATE (user_rating)
grant | debrief.analysis_feedback | debrief_outer | DELETE, INSERT (analysis_job_id), INSERT (category), INSERT (confidence), INSERT (from_analysis), INSERT (impact), INSERT (message), INSERT (timestamp_seconds), INSERT (user_id), SELECT, UPDATE (asked_at), UPDATE (audio_attempts), UPDATE (audio_due_at), UPDATE (audio_error_code), UPDATE (audio_last_error), UPDATE (audio_status), UPDATE (audio_updated_at), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (dismissed_at), UPDATE (lease_expires_at), UPDATE (ssml_attempts), UPDATE (ssml_due_at), UPDATE (ssml_error_code), UPDATE (ssml_last_error), UPDATE (ssml_status), UPDATE (ssml_updated_at), UPDATE (unproven), UPDATE (unproven_at)
grant | debrief.analysis_feedback | debrief_reader | SELECT
grant | debrief.analysis_feedback | debrief_worker | DELETE, INSERT (analysis_job_id), INSERT (category), INSERT (confidence), INSERT (from_analysis), INSERT (impact), INSERT (message), INSERT (timestamp_seconds), INSERT (user_id), SELECT, UPDATE (asked_at), UPDATE (audio_attempts), UPDATE (audio_due_at), UPDATE (audio_error_code), UPDATE (audio_last_error), UPDATE (audio_status), UPDATE (audio_updated_at), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (dismissed_at), UPDATE (lease_expires_at), UPDATE (ssml_attempts), UPDATE (ssml_due_at), UPDATE (ssml_error_code), UPDATE (ssml_last_error), UPDATE (ssml_status), UPDATE (ssml_updated_at), UPDATE (unproven), UPDATE (unproven_at)
grant | debrief.analysis_jobs | debrief_admin | DELETE, SELECT, UPDATE (keep_until)
grant | debrief.analysis_jobs | debrief_app | SELECT
grant | debrief.analysis_jobs | debrief_outer | INSERT (video_recording_id), SELECT, UPDATE (asked_at), UPDATE (attempts), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (correlation_id), UPDATE (due_at), UPDATE (error_code), UPDATE (exchange_server), UPDATE (exchange_state), UPDATE (full_feedback_text), UPDATE (last_error), UPDATE (lease_expires_at), UPDATE (processing_completed_at), UPDATE (processing_started_at), UPDATE (progress_percentage), UPDATE (provider), UPDATE (raw_response), UPDATE (status), UPDATE (summary_text), UPDATE (title), UPDATE (unproven), UPDATE (unproven_at), UPDATE (updated_at), UPDATE (version), UPDATE (voice), UPDATE (voice_snapshot)
grant | debrief.analysis_jobs | debrief_reader | SELECT
grant | debrief.analysis_jobs | debrief_worker | INSERT (video_recording_id), SELECT, UPDATE (asked_at), UPDATE (attempts), UPDATE (claim_token), UPDATE (claimed_by), UPDATE (correlation_id), UPDATE (due_at), UPDATE (error_code), UPDATE (exchange_server), UPDATE (exchange_state), UPDATE (full_feedback_text), UPDATE (last_error), UPDATE (lease_expires_at), UPDATE (processing_completed_at), UPDATE (processing_started_at), UPDATE (progress_percentage), UPDATE (provider), UPDATE (raw_response), UPDATE (status), UPDATE (summary_text), UPDATE (title), UPDATE (unproven), UPDATE (unproven_at), UPDATE (updated_at), UPDATE (version), UPDATE (voice), UPDATE (voice_snapshot)
grant | debrief.analysis_metrics | debrief_admin | SELECT
grant | debrief.analysis_metrics | debrief_app | SELECT
grant | debrief.analysis_metrics | debrief_outer | DELETE, INSERT, SELECT
grant | debrief.analysis_metrics | debrief_reader | SELECT
grant | debrief.analysis_metrics | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.analysis_ssml_segments | debrief_admin | SELECT
grant | debrief.analysis_ssml_segments | debrief_app | SELECT
grant | debrief.analysis_ssml_segments | debrief_outer | DELETE, INSERT, SELECT
grant | debrief.analysis_ssml_segments | debrief_reader | SELECT
grant | debrief.analysis_ssml_segments | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.analysis_ssml_segments_id_seq | debrief_outer | USAGE
grant | debrief.analysis_ssml_segments_id_seq | debrief_worker | USAGE
grant | debrief.attempts | debrief_admin | DELETE, SELECT
grant | debrief.attempts | debrief_outer | DELETE, INSERT, SELECT
grant | debrief.attempts | debrief_reader | SELECT
grant | debrief.attempts | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.audio_objects | debrief_admin | DELETE, SELECT
grant | debrief.audio_objects | debrief_app | SELECT
grant | debrief.audio_objects | debrief_outer | DELETE, INSERT, SELECT
grant | debrief.audio_objects | debrief_reader | SELECT
grant | debrief.audio_objects | debrief_worker | DELETE, INSERT, SELECT
grant | debrief.claim_token_seq | debrief_outer | USAGE
grant | debrief.claim_token_seq | debrief_worker | USAGE
grant | debrief.failures | debrief_admin | SELECT
grant | debrief.failures | debrief_app | SELECT
grant | debrief.failures | debrief_outer | SELECT
grant | debrief.failures | debrief_reader | SELECT
grant | debrief.failures | debrief_worker | SELECT
grant | debrief.feedback_status | debrief_admin | SELECT
grant | debrief.feedback_status | debrief_app | SELECT
grant | debrief.feedback_status | debrief_outer | SELECT
grant | debrief.feedback_status | debrief_reader | SELECT
grant | debrief.feedback_status | debrief_worker | SELECT
grant | debrief.installation | debrief_admin | INSERT (database_oid), INSERT (system_identifier), SELECT, UPDATE (database_oid), UPDATE (installed_at), UPDATE (system_identifier)
grant | debrief.installation | debrief_outer | SELECT, UPDATE (system_identifier)
grant | debrief.installation | debrief_reader | SELECT
grant | debrief.installation | debrief_worker | SELECT, UPDATE (system_identifier)
grant | debrief.latency | debrief_admin | SELECT
grant | debrief.latency | debrief_monitor | SELECT
grant | debrief.latency | debrief_outer | SELECT
grant | debrief.latency | debrief_reader | SELECT
grant | debrief.latency | debrief_worker | SELECT
grant | debrief.limits | debrief_admin | SELECT
grant | debrief.limits | debrief_outer | SELECT
grant | debrief.limits | debrief_reader | SELECT
grant | debrief.limits | debrief_worker | SELECT
grant | debrief.object_deletions | debrief_admin | DELETE, SELECT
grant | debrief.object_deletions | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.object_deletions | debrief_reader | SELECT
grant | debrief.object_deletions | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.operations | debrief_admin | SELECT
grant | debrief.operations | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.operations | debrief_reader | SELECT
grant | debrief.operations | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.outages | debrief_admin | SELECT
grant | debrief.outages | debrief_monitor | SELECT
grant | debrief.outages | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.outages | debrief_reader | SELECT
grant | debrief.outages | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_hours | debrief_admin | DELETE, SELECT
grant | debrief.pipeline_hours | debrief_monitor | SELECT
grant | debrief.pipeline_hours | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_hours | debrief_reader | SELECT
grant | debrief.pipeline_hours | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_minutes | debrief_admin | DELETE, SELECT
grant | debrief.pipeline_minutes | debrief_monitor | SELECT
grant | debrief.pipeline_minutes | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_minutes | debrief_reader | SELECT
grant | debrief.pipeline_minutes | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.pipeline_status | debrief_admin | SELECT
grant | debrief.pipeline_status | debrief_outer | SELECT
grant | debrief.pipeline_status | debrief_reader | SELECT
grant | debrief.pipeline_status | debrief_worker | SELECT
grant | debrief.removed_sources | debrief_admin | DELETE, INSERT, SELECT
grant | debrief.removed_sources | debrief_outer | SELECT
grant | debrief.removed_sources | debrief_reader | SELECT
grant | debrief.removed_sources | debrief_worker | SELECT
grant | debrief.server_limits | debrief_admin | DELETE, SELECT
grant | debrief.server_limits | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_limits | debrief_reader | SELECT
grant | debrief.server_limits | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_states | debrief_admin | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_states | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_states | debrief_reader | SELECT
grant | debrief.server_states | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_usage | debrief_admin | DELETE, SELECT
grant | debrief.server_usage | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.server_usage | debrief_reader | SELECT
grant | debrief.server_usage | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.slo | debrief_admin | SELECT
grant | debrief.slo | debrief_monitor | SELECT
grant | debrief.slo | debrief_outer | SELECT
grant | debrief.slo | debrief_reader | SELECT
grant | debrief.slo | debrief_worker | SELECT
grant | debrief.stage_states | debrief_admin | SELECT
grant | debrief.stage_states | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.stage_states | debrief_reader | SELECT
grant | debrief.stage_states | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.stage_status | debrief_admin | SELECT
grant | debrief.stage_status | debrief_outer | SELECT
grant | debrief.stage_status | debrief_reader | SELECT
grant | debrief.stage_status | debrief_worker | SELECT
grant | debrief.stages | debrief_admin | DELETE, INSERT, SELECT, UPDATE
grant | debrief.stages | debrief_outer | SELECT
grant | debrief.stages | debrief_reader | SELECT
grant | debrief.stages | debrief_worker | SELECT
grant | debrief.usage | debrief_admin | SELECT
grant | debrief.usage | debrief_outer | SELECT
grant | debrief.usage | debrief_reader | SELECT
grant | debrief.usage | debrief_worker | SELECT
grant | debrief.user_usage | debrief_admin | DELETE, SELECT
grant | debrief.user_usage | debrief_outer | DELETE, INSERT, SELECT, UPDATE
grant | debrief.user_usage | debrief_reader | SELECT
grant | debrief.user_usage | debrief_worker | DELETE, INSERT, SELECT, UPDATE
grant | debrief.video_recordings | debrief_admin | DELETE, INSERT (bulk), INSERT (duration_seconds), INSERT (file_size), INSERT (format), INSERT (metadata), INSERT (not_before), INSERT (original_filename), INSERT (source), INSERT (storage_path), INSERT (upload_progress), INSERT (upload_status), INSERT (user_id), SELECT, UPDATE (duration_seconds), UPDATE (file_size), UPDATE (format), UPDATE (metadata), UPDATE (original_filename), UPDATE (storage_path), UPDATE (upload_progress), UPDATE (upload_status)
grant | debrief.video_recordings | debrief_app | INSERT (bulk), INSERT (duration_seconds), INSERT (file_size), INSERT (format), INSERT (metadata), INSERT (not_before), INSERT (original_filename), INSERT (source), INSERT (storage_path), INSERT (upload_progress), INSERT (upload_status), INSERT (user_id), SELECT, UPDATE (duration_seconds), UPDATE (file_size), UPDATE (format), UPDATE (metadata), UPDATE (original_filename), UPDATE (storage_path), UPDATE (upload_progress), UPDATE (upload_status)
grant | debrief.video_recordings | debrief_outer | SELECT
grant | debrief.video_recordings | debrief_reader | SELECT
grant | debrief.video_recordings | debrief_worker | SELECT
grant | debrief.voices | debrief_admin | DELETE, INSERT, SELECT, UPDATE
grant | debrief.voices | debrief_app | SELECT
grant | debrief.voices | debrief_outer | SELECT
grant | debrief.voices | debrief_reader | SELECT
grant | debrief.voices | debrief_worker | SELECT
grant | debrief.worker_status | debrief_admin | SELECT
grant | debrief.worker_status | debrief_outer | SELECT
grant | debrief.worker_status | debrief_reader | SELECT
grant | debrief.worker_status | debrief_worker | SELECT
grant | foreign data wrapper debrief | debrief_admin | USAGE
grant | schema debrief | debrief_admin | USAGE
grant | schema debrief | debrief_app | USAGE
grant | schema debrief | debrief_monitor | USAGE
grant | schema debrief | debrief_outer | USAGE
grant | schema debrief | debrief_reader | USAGE
grant | schema debrief | debrief_worker | USAGE
index | debrief.analysis_audio_segments | analysis_audio_segments_user_idx | CREATE INDEX analysis_audio_segments_user_idx ON debrief.analysis_audio_segments USING btree (user_id, id)
index | debrief.analysis_deliveries | analysis_deliveries_due_idx | CREATE INDEX analysis_deliveries_due_idx ON debrief.analysis_deliveries USING btree (due_at, id) WHERE (due_at IS NOT NULL)
index | debrief.analysis_deliveries | analysis_deliveries_ended_idx | CREATE INDEX analysis_deliveries_ended_idx ON debrief.analysis_deliveries USING btree (updated_at) WHERE (status = ANY (ARRAY['completed'::text, 'failed'::text]))
index | debrief.analysis_deliveries | analysis_deliveries_failed_idx | CREATE INDEX analysis_deliveries_failed_idx ON debrief.analysis_deliveries USING btree (updated_at) WHERE (status = 'failed'::text)
index | debrief.analysis_deliveries | analysis_deliveries_job_idx | CREATE INDEX analysis_deliveries_job_idx ON debrief.analysis_deliveries USING btree (analysis_job_id)
index | debrief.analysis_deliveries | analysis_deliveries_lease_idx | CREATE INDEX analysis_deliveries_lease_idx ON debrief.analysis_deliveries USING btree (lease_expires_at) WHERE (lease_expires_at IS NOT NULL)
index | debrief.analysis_deliveries | analysis_deliveries_lost_idx | CREATE INDEX analysis_deliveries_lost_idx ON debrief.analysis_deliveries USING btree (id) WHERE (error_code = 'worker_lost'::text)
index | debrief.analysis_feedback | analysis_feedback_audio_due_idx | CREATE INDEX analysis_feedback_audio_due_idx ON debrief.analysis_feedback USING btree (audio_due_at, id) WHERE (audio_due_at IS NOT NULL)
index | debrief.analysis_feedback | analysis_feedback_audio_failed_idx | CREATE INDEX analysis_feedback_audio_failed_idx ON debrief.analysis_feedback USING btree (audio_updated_at) WHERE ((audio_status = 'failed'::text) AND (ssml_status <> 'failed'::text))
index | debrief.analysis_feedback | analysis_feedback_failed_idx | CREATE INDEX analysis_feedback_failed_idx ON debrief.analysis_feedback USING btree (user_id, id) INCLUDE (ssml_status) WHERE (('failed'::text = ssml_status) OR ('failed'::text = audio_status))
index | debrief.analysis_feedback | analysis_feedback_job_idx | CREATE INDEX analysis_feedback_job_idx ON debrief.analysis_feedback USING btree (analysis_job_id)
index | debrief.analysis_feedback | analysis_feedback_lease_idx | CREATE INDEX analysis_feedback_lease_idx ON debrief.analysis_feedback USING btree (lease_expires_at) WHERE (lease_expires_at IS NOT NULL)
index | debrief.analysis_feedback | analysis_feedback_lost_idx | CREATE INDEX analysis_feedback_lost_idx ON debrief.analysis_feedback USING btree (id) WHERE ((ssml_error_code = 'worker_lost'::text) OR (audio_error_code = 'worker_lost'::text))
index | debrief.analysis_feedback | analysis_feedback_ssml_due_idx | CREATE INDEX analysis_feedback_ssml_due_idx ON debrief.analysis_feedback USING btree (ssml_due_at, id) WHERE (ssml_due_at IS NOT NULL)
index | debrief.analysis_feedback | analysis_feedback_ssml_failed_idx | CREATE INDEX analysis_feedback_ssml_failed_idx ON debrief.analysis_feedback USING btree (ssml_updated_at) WHERE (ssml_status = 'failed'::text)
index | debrief.analysis_feedback | analysis_feedback_status_failed_idx | CREATE INDEX analysis_feedback_status_failed_idx ON debrief.analysis_feedback USING btree (id) WHERE ( CASE WHEN (('failed'::text = ssml_status) OR ('failed'::text = audio_status)) THEN 'failed'::text WHEN ((ssml_status = 'completed'::text) AND (audio_status = 'completed'::text)) THEN 'completed'::text WHEN (('processing'::text = ssml_status) OR ('processing'::text = audio_status)) THEN 'processing'::text WHEN ((ssml_due_at IS NULL) AND (audio_due_at IS NULL) AND (message ~ ('[^\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f-\u1160\u1680\u17b4-\u17b5\u180b-\u180f'::text || '\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]'::text))) THEN 'unqueued'::text WHEN ((ssml_due_at IS NULL) AND (audio_due_at IS NULL)) THEN 'blank'::text WHEN ((ssml_attempts + audio_attempts) > (((ssml_status = 'completed'::text))::integer * ssml_attempts)) THEN 'retrying'::text ELSE 'queued'::text END = 'failed'::text)
index | debrief.analysis_feedback | analysis_feedback_unqueued_idx | CREATE INDEX analysis_feedback_unqueued_idx ON debrief.analysis_feedback USING btree (id) WHERE (((ssml_status = 'queued'::text) AND (ssml_due_at IS NULL)) OR ((ssml_status = 'completed'::text) AND (audio_status = 'queued'::text) AND (audio_due_at IS NULL)))
index | debrief.analysis_feedback | analysis_feedback_user_idx | CREATE INDEX analysis_feedback_user_idx ON debrief.analysis_feedback USING btree (user_id, created_at)
index | debrief.analysis_jobs | analysis_jobs_bulk_idx | CREATE INDEX analysis_jobs_bulk_idx ON debrief.analysis_jobs USING btree (id) WHERE (bulk AND (status = 'queued'::text) AND (due_at IS NULL))
index | debrief.analysis_jobs | analysis_jobs_due_idx | CREATE INDEX analysis_jobs_due_idx ON debrief.analysis_jobs USING btree (due_at, id) WHERE (due_at IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_ended_idx | CREATE INDEX analysis_jobs_ended_idx ON debrief.analysis_jobs USING btree (processing_completed_at) WHERE ((status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (keep_until IS NULL))
index | debrief.analysis_jobs | analysis_jobs_failed_at_idx | CREATE INDEX analysis_jobs_failed_at_idx ON debrief.analysis_jobs USING btree (updated_at) WHERE (status = 'failed'::text)
index | debrief.analysis_jobs | analysis_jobs_failed_idx | CREATE INDEX analysis_jobs_failed_idx ON debrief.analysis_jobs USING btree (user_id, id) WHERE (status = 'failed'::text)
index | debrief.analysis_jobs | analysis_jobs_keep_until_idx | CREATE INDEX analysis_jobs_keep_until_idx ON debrief.analysis_jobs USING btree (keep_until) WHERE (keep_until IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_lease_idx | CREATE INDEX analysis_jobs_lease_idx ON debrief.analysis_jobs USING btree (lease_expires_at) WHERE (lease_expires_at IS NOT NULL)
index | debrief.analysis_jobs | analysis_jobs_lost_idx | CREATE INDEX analysis_jobs_lost_idx ON debrief.analysis_jobs USING btree (id) WHERE (error_code = 'worker_lost'::text)
index | debrief.analysis_jobs | analysis_jobs_unqueued_idx | CREATE INDEX analysis_jobs_unqueued_idx ON debrief.analysis_jobs USING btree (id) WHERE ((status = 'queued'::text) AND (due_at IS NULL))
index | debrief.analysis_jobs | analysis_jobs_user_idx | CREATE INDEX analysis_jobs_user_idx ON debrief.analysis_jobs USING btree (user_id, created_at)
index | debrief.analysis_ssml_segments | analysis_ssml_segments_user_idx | CREATE INDEX analysis_ssml_segments_user_idx ON debrief.analysis_ssml_segments USING btree (user_id, id)
index | debrief.attempts | attempts_finished_idx | CREATE INDEX attempts_finished_idx ON debrief.attempts USING btree (finished_at)
index | debrief.attempts | attempts_row_idx | CREATE INDEX attempts_row_idx ON debrief.attempts USING btree (row_id, stage)
index | debrief.object_deletions | object_deletions_due_idx | CREATE INDEX object_deletions_due_idx ON debrief.object_deletions USING btree (due_at, id)
index | debrief.object_deletions | object_deletions_feedback_idx | CREATE INDEX object_deletions_feedback_idx ON debrief.object_deletions USING btree (feedback_id)
index | debrief.operations | operations_at_idx | CREATE INDEX operations_at_idx ON debrief.operations USING btree (at)
index | debrief.operations | operations_end_user_idx | CREATE INDEX operations_end_user_idx ON debrief.operations USING btree (end_user, action, minute) WHERE (end_user IS NOT NULL)
index | debrief.pipeline_minutes | pipeline_minutes_recent_idx | CREATE INDEX pipeline_minutes_recent_idx ON debrief.pipeline_minutes USING btree (minute) WHERE (NOT rolled_up)
policy | debrief.analysis_audio_segments | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_audio_segments | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_audio_segments | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_audio_segments | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.analysis_deliveries | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_deliveries | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_deliveries | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_deliveries | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.analysis_feedback | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_feedback | own_jobs | as restrictive for all to debrief_app using (true) with check ((EXISTS ( SELECT FROM debrief.analysis_jobs j WHERE ((j.id = analysis_feedback.analysis_job_id) AND (j.user_id = analysis_feedback.user_id)))))
policy | debrief.analysis_feedback | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_feedback | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_feedback | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.analysis_jobs | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_jobs | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_jobs | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_jobs | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.analysis_metrics | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_metrics | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_metrics | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_metrics | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.analysis_ssml_segments | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.analysis_ssml_segments | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.analysis_ssml_segments | readers | as permissive for select to debrief_reader using (true)
policy | debrief.analysis_ssml_segments | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.attempts | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.attempts | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.attempts | readers | as permissive for select to debrief_reader using (true)
policy | debrief.attempts | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.audio_objects | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.audio_objects | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.audio_objects | readers | as permissive for select to debrief_reader using (true)
policy | debrief.audio_objects | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
policy | debrief.video_recordings | operators | as permissive for all to debrief_admin using (true) with check (true)
policy | debrief.video_recordings | own_paths | as restrictive for all to debrief_app using (true) with check (((storage_path = ''::text) OR starts_with(storage_path, ((user_id)::text || '/'::text)) OR pg_has_role(CURRENT_USER, 'debrief_admin'::name, 'usage'::text)))
policy | debrief.video_recordings | owners | as permissive for all to debrief_app using ((user_id = ( SELECT debrief.current_user_id() AS current_user_id))) with check ((user_id = ( SELECT debrief.current_user_id() AS current_user_id)))
policy | debrief.video_recordings | readers | as permissive for select to debrief_reader using (true)
policy | debrief.video_recordings | workers | as permissive for all to debrief_outer, debrief_worker using (true) with check (true)
row security | debrief.analysis_audio_segments |  | enabled
row security | debrief.analysis_deliveries |  | enabled
row security | debrief.analysis_feedback |  | enabled
row security | debrief.analysis_jobs |  | enabled
row security | debrief.analysis_metrics |  | enabled
row security | debrief.analysis_ssml_segments |  | enabled
row security | debrief.attempts |  | enabled
row security | debrief.audio_objects |  | enabled
row security | debrief.video_recordings |  | enabled
sequence | debrief.analysis_audio_segments_id_seq |  | sequence
sequence | debrief.analysis_deliveries_id_seq |  | sequence
sequence | debrief.analysis_feedback_id_seq |  | sequence
sequence | debrief.analysis_jobs_id_seq |  | sequence
sequence | debrief.analysis_metrics_id_seq |  | sequence
sequence | debrief.analysis_ssml_segments_id_seq |  | sequence
sequence | debrief.attempts_id_seq |  | sequence
sequence | debrief.claim_token_seq |  | sequence
sequence | debrief.object_deletions_id_seq |  | sequence
sequence | debrief.video_recordings_id_seq |  | sequence
table | debrief.analysis_audio_segments |  | logged
table | debrief.analysis_deliveries |  | logged
table | debrief.analysis_feedback |  | logged
table | debrief.analysis_jobs |  | logged
table | debrief.analysis_metrics |  | logged
table | debrief.analysis_ssml_segments |  | logged
table | debrief.attempts |  | logged
table | debrief.audio_objects |  | logged
table | debrief.installation |  | logged
table | debrief.object_deletions |  | logged
table | debrief.operations |  | logged
table | debrief.outages |  | logged
table | debrief.pipeline_hours |  | logged
table | debrief.pipeline_minutes |  | logged
table | debrief.removed_sources |  | logged
table | debrief.server_limits |  | logged
table | debrief.server_states |  | logged
table | debrief.server_usage |  | logged
table | debrief.stage_states |  | logged
table | debrief.stages |  | logged
table | debrief.user_usage |  | logged
table | debrief.video_recordings |  | logged
table | debrief.voices |  | logged
trigger | debrief.analysis_audio_segments | audio_object_unreferenced | CREATE TRIGGER audio_object_unreferenced AFTER DELETE OR UPDATE OF storage_path, store ON debrief.analysis_audio_segments FOR EACH ROW EXECUTE FUNCTION debrief._object_unreferenced()
trigger | debrief.analysis_audio_segments | audio_objects_truncated | CREATE TRIGGER audio_objects_truncated BEFORE TRUNCATE ON debrief.analysis_audio_segments FOR EACH STATEMENT EXECUTE FUNCTION debrief._objects_truncated()
trigger | debrief.analysis_audio_segments | audio_segment_moved | CREATE TRIGGER audio_segment_moved BEFORE UPDATE ON debrief.analysis_audio_segments FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.feedback_id <> old.feedback_id))) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_audio_segments | audio_segment_owner | CREATE TRIGGER audio_segment_owner BEFORE INSERT ON debrief.analysis_audio_segments FOR EACH ROW WHEN ((new.user_id IS NULL)) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_deliveries | delivery_revoked | CREATE TRIGGER delivery_revoked BEFORE DELETE ON debrief.analysis_deliveries FOR EACH ROW WHEN ((old.claim_token IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_deliveries | delivery_truncated | CREATE TRIGGER delivery_truncated AFTER TRUNCATE ON debrief.analysis_deliveries FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_deliveries | delivery_wake | CREATE TRIGGER delivery_wake AFTER INSERT OR UPDATE ON debrief.analysis_deliveries FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('deliver')
trigger | debrief.analysis_feedback | feedback_insert | CREATE TRIGGER feedback_insert BEFORE INSERT ON debrief.analysis_feedback FOR EACH ROW EXECUTE FUNCTION debrief._feedback_insert()
trigger | debrief.analysis_feedback | feedback_revoked | CREATE TRIGGER feedback_revoked BEFORE DELETE ON debrief.analysis_feedback FOR EACH ROW WHEN ((old.claim_token IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_feedback | feedback_truncated | CREATE TRIGGER feedback_truncated AFTER TRUNCATE ON debrief.analysis_feedback FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_feedback | feedback_update | CREATE TRIGGER feedback_update BEFORE UPDATE ON debrief.analysis_feedback FOR EACH ROW EXECUTE FUNCTION debrief._feedback_update()
trigger | debrief.analysis_feedback | feedback_wake_update | CREATE TRIGGER feedback_wake_update AFTER UPDATE ON debrief.analysis_feedback FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('feedback')
trigger | debrief.analysis_jobs | job_check_insert | CREATE TRIGGER job_check_insert BEFORE INSERT ON debrief.analysis_jobs FOR EACH ROW EXECUTE FUNCTION debrief._job_check()
trigger | debrief.analysis_jobs | job_check_update | CREATE TRIGGER job_check_update BEFORE UPDATE ON debrief.analysis_jobs FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.video_recording_id <> old.video_recording_id) OR ((new.status = 'queued'::text) <> (new.due_at IS NOT NULL)) OR ((new.status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (new.exchange_state IS NOT NULL)) OR ((new.status <> 'processing'::text) AND (new.claim_token IS NOT NULL)))) EXECUTE FUNCTION debrief._job_check()
trigger | debrief.analysis_jobs | job_deliveries_deleted | CREATE TRIGGER job_deliveries_deleted AFTER DELETE ON debrief.analysis_jobs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION debrief._deliveries_deleted()
trigger | debrief.analysis_jobs | job_deliveries_truncated | CREATE TRIGGER job_deliveries_truncated AFTER TRUNCATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._deliveries_deleted()
trigger | debrief.analysis_jobs | job_exchange_deleted | CREATE TRIGGER job_exchange_deleted AFTER DELETE ON debrief.analysis_jobs FOR EACH ROW WHEN (((old.exchange_state ->> 'file'::text) <> ''::text)) EXECUTE FUNCTION debrief._exchange_ended()
trigger | debrief.analysis_jobs | job_exchange_ended | CREATE TRIGGER job_exchange_ended AFTER UPDATE ON debrief.analysis_jobs FOR EACH ROW WHEN ((((old.exchange_state ->> 'file'::text) <> ''::text) AND (((new.exchange_state ->> 'file'::text) IS DISTINCT FROM (old.exchange_state ->> 'file'::text)) OR (new.exchange_server IS DISTINCT FROM old.exchange_server)))) EXECUTE FUNCTION debrief._exchange_ended()
trigger | debrief.analysis_jobs | job_exchange_truncated | CREATE TRIGGER job_exchange_truncated BEFORE TRUNCATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._objects_truncated()
trigger | debrief.analysis_jobs | job_revoked | CREATE TRIGGER job_revoked BEFORE DELETE ON debrief.analysis_jobs FOR EACH ROW WHEN ((old.claim_token IS NOT NULL)) EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_jobs | job_truncated | CREATE TRIGGER job_truncated AFTER TRUNCATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('revoked')
trigger | debrief.analysis_jobs | job_wake | CREATE TRIGGER job_wake AFTER INSERT OR UPDATE ON debrief.analysis_jobs FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('analysis')
trigger | debrief.analysis_metrics | metric_owner | CREATE TRIGGER metric_owner BEFORE INSERT ON debrief.analysis_metrics FOR EACH ROW WHEN ((new.user_id IS NULL)) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_ssml_segments | ssml_segment_moved | CREATE TRIGGER ssml_segment_moved BEFORE UPDATE ON debrief.analysis_ssml_segments FOR EACH ROW WHEN (((new.user_id <> old.user_id) OR (new.feedback_id <> old.feedback_id))) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.analysis_ssml_segments | ssml_segment_owner | CREATE TRIGGER ssml_segment_owner BEFORE INSERT ON debrief.analysis_ssml_segments FOR EACH ROW WHEN ((new.user_id IS NULL)) EXECUTE FUNCTION debrief._segment_owner()
trigger | debrief.installation | installation_log | CREATE TRIGGER installation_log AFTER UPDATE ON debrief.installation FOR EACH ROW WHEN (((new.system_identifier <> 'copy'::text) AND (NOT ((new.system_identifier = old.system_identifier) AND (new.database_oid = old.database_oid) AND (new.installed_at = old.installed_at))))) EXECUTE FUNCTION debrief._log_change()
trigger | debrief.server_states | server_state_clock | CREATE TRIGGER server_state_clock AFTER DELETE OR UPDATE OF paused ON debrief.server_states FOR EACH ROW EXECUTE FUNCTION debrief._stop_outage_clock()
trigger | debrief.server_states | server_state_log | CREATE TRIGGER server_state_log AFTER INSERT OR DELETE OR UPDATE OF paused ON debrief.server_states FOR EACH ROW EXECUTE FUNCTION debrief._log_change()
trigger | debrief.server_states | server_state_wake | CREATE TRIGGER server_state_wake AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON debrief.server_states FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('config')
trigger | debrief.stages | stage_check | CREATE TRIGGER stage_check BEFORE INSERT OR UPDATE ON debrief.stages FOR EACH ROW EXECUTE FUNCTION debrief._stage_check()
trigger | debrief.stages | stage_clock | CREATE TRIGGER stage_clock AFTER UPDATE OF paused ON debrief.stages FOR EACH ROW WHEN ((new.paused <> old.paused)) EXECUTE FUNCTION debrief._stop_outage_clock()
trigger | debrief.stages | stage_clock_removed | CREATE TRIGGER stage_clock_removed AFTER DELETE ON debrief.stages FOR EACH ROW EXECUTE FUNCTION debrief._stop_outage_clock()
trigger | debrief.stages | stage_log | CREATE TRIGGER stage_log AFTER INSERT OR DELETE OR UPDATE ON debrief.stages FOR EACH ROW EXECUTE FUNCTION debrief._log_change()
trigger | debrief.stages | stage_quota | CREATE TRIGGER stage_quota AFTER UPDATE OF user_attempts_per_day ON debrief.stages FOR EACH ROW WHEN ((new.user_attempts_per_day IS DISTINCT FROM old.user_attempts_per_day)) EXECUTE FUNCTION debrief._quota_changed()
trigger | debrief.stages | stage_quota_added | CREATE TRIGGER stage_quota_added AFTER INSERT ON debrief.stages FOR EACH ROW EXECUTE FUNCTION debrief._quota_changed()
trigger | debrief.stages | stage_wake | CREATE TRIGGER stage_wake AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON debrief.stages FOR EACH STATEMENT EXECUTE FUNCTION debrief._wake_trigger('config')
trigger | debrief.video_recordings | kickoff_on_insert | CREATE CONSTRAINT TRIGGER kickoff_on_insert AFTER INSERT ON debrief.video_recordings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.upload_status = 'completed'::text)) EXECUTE FUNCTION debrief._kickoff()
trigger | debrief.video_recordings | kickoff_on_update | CREATE CONSTRAINT TRIGGER kickoff_on_update AFTER UPDATE ON debrief.video_recordings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.upload_status = 'completed'::text) AND (old.upload_status <> 'completed'::text))) EXECUTE FUNCTION debrief._kickoff()
trigger | debrief.video_recordings | recording_check | CREATE TRIGGER recording_check BEFORE INSERT OR UPDATE ON debrief.video_recordings FOR EACH ROW EXECUTE FUNCTION debrief._recording_check()
view | debrief.failures |  | with (security_invoker=true) body a2fa9fc87cd7f376 columns stage text, analysis_job_id bigint, feedback_id bigint, user_id uuid, file text, error_code text, last_error text, detail text, attempts integer, since timestamp with time zone, dismissed_at timestamp with time zone, correlation_id uuid, message text, delivery_id bigint
view | debrief.feedback_status |  | with (security_invoker=true) body 7bf674098501a967 columns id bigint, analysis_job_id bigint, user_id uuid, timestamp_seconds numeric, category text, message text, status text, ssml_status text, audio_status text, ssml_attempts integer, audio_attempts integer, unproven integer, error_code text, last_error text, next_attempt_at timestamp with time zone, updated_at timestamp with time zone, correlation_id uuid, audio_segments bigint, audio_duration_ms numeric, video_recording_id bigint
view | debrief.latency |  | with (security_invoker=true) body 9dd134004a25c0af columns stage text, phase text, upper_bound_ms double precision, calls bigint, cumulative numeric, total_ms numeric
view | debrief.limits |  | with (security_invoker=true) body 11e350f0e6c7c374 columns server text, limit_name text, allowed numeric, used numeric, resets_at timestamp with time zone, is_used_up boolean
view | debrief.pipeline_status |  | with (security_invoker=true) body a496d5ac5d96ec33 columns stage text, due bigint, held bigint, held_by text, delayed bigint, waiting bigint, processing bigint, oldest_due interval, oldest_processing interval
view | debrief.slo |  | with (security_invoker=true) body a30339b4c73feeda columns period text, since timestamp with time zone, spoken numeric, failed numeric, failed_share numeric, p50_seconds double precision, p95_seconds double precision, p99_seconds double precision, queue_p95_seconds double precision, server_availability jsonb
view | debrief.stage_status |  | with (security_invoker=true) body f0e9188f4ee2c45b columns stage text, server text, kind text, store text, state text, reason text, hint text, parked_until timestamp with time zone, failures integer, cost_today numeric
view | debrief.usage |  | with (security_invoker=true) body dc0b722161fc619d columns day date, server text, stage text, calls bigint, failures bigint, input_tokens bigint, output_tokens bigint, characters bigint, audio_seconds numeric, cost numeric
view | debrief.worker_status |  | with (security_invoker=true) body 4d951e0187caa9ea columns process text, database name, ordinal integer, pid integer, state text, since timestamp with time zone, analysis_in_flight integer, ssml_in_flight integer, audio_in_flight integer, last_error text, deliver_in_flight integer, host text, version text
$lines$, E'\n')) line
     where line <> '')
  select fields[1], fields[2], fields[3], fields[4] from lines
  union all
  select 'grant', 'function ' || fields[3], role, 'EXECUTE'
    from lines, unnest(string_to_array(fields[5], ', ')) role;
$expected$;
comment on function debrief._expected() is 'What a fresh installation has, as _catalog() says it.';
grant execute on function debrief._expected() to debrief_reader, debrief_admin;
