// Written by `make types` from the catalog: do not edit it. The shape is that of `supabase gen types typescript`, so that
// createClient<Database, 'debrief'>() of @supabase/supabase-js knows the tables, views and functions. Numbers are JSON's: exact below 2^53.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  debrief: {
    Tables: {
      /** The audio of each SSML segment */
      analysis_audio_segments: {
        Row: {
          /** Primary key */
          id: number;
          /** The feedback item; deleted with it */
          feedback_id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** The SSML segment it speaks */
          segment_index: number;
          /** Where a player finds it: the store's public_url and the path, else file:// or pg:// (debrief.get_audio) */
          audio_url: string;
          /** Path in the store; ends in the content's hash */
          storage_path: string | null;
          /** wav, mp3 and so on */
          format: string | null;
          /** Milliseconds, measured in the sound itself */
          duration_ms: number | null;
          /** Size of the sound */
          bytes: number | null;
          /** Which server spoke it */
          provider: string | null;
          /** The provider's model or version */
          version: string | null;
          /** The server that keeps it */
          store: string | null;
          /** Of the SSML and voice it was made from */
          source_hash: string | null;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          id?: never;
          feedback_id: number;
          user_id?: string;
          segment_index?: number;
          audio_url: string;
          storage_path?: string | null;
          format?: string | null;
          duration_ms?: number | null;
          bytes?: number | null;
          provider?: string | null;
          version?: string | null;
          store?: string | null;
          source_hash?: string | null;
          created_at?: string;
        };
        Update: {
          id?: never;
          feedback_id?: number;
          user_id?: string;
          segment_index?: number;
          audio_url?: string;
          storage_path?: string | null;
          format?: string | null;
          duration_ms?: number | null;
          bytes?: number | null;
          provider?: string | null;
          version?: string | null;
          store?: string | null;
          source_hash?: string | null;
          created_at?: string;
        };
        Relationships: [
          { foreignKeyName: 'analysis_audio_segments_feedback_id_fkey'; columns: ["feedback_id"]; isOneToOne: false; referencedRelation: 'analysis_feedback'; referencedColumns: ["id"] },
        ];
      };
      /** Messages to a receiver, the queue of stage deliver: that an analysis, or an item of it, has ended. Kept for pg_debrief.attempt_retention after they ended */
      analysis_deliveries: {
        Row: {
          /** Primary key */
          id: number;
          /** The header webhook-id, the same at each attempt, after msg_ */
          message_id: string;
          /** The analysis; deleted with it */
          analysis_job_id: number;
          /** The feedback item that ended; null: the whole analysis */
          feedback_id: number | null;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** queued, processing, completed or failed */
          status: 'queued' | 'processing' | 'completed' | 'failed';
          /** Attempts, the running one counted */
          attempts: number;
          /** As in analysis_jobs */
          unproven: number;
          /** When the last of them was counted */
          unproven_at: string | null;
          /** Why the last attempt failed, in a sentence; null after a success */
          last_error: string | null;
          /** The same as a stable code; 'cancelled' after cancel_delivery() */
          error_code: string | null;
          /** When what it reports ended, or when it was asked for again */
          asked_at: string;
          /** When the next attempt may be claimed; null when it does not wait */
          due_at: string | null;
          /** The fence: of the claim that holds the row */
          claim_token: number | null;
          /** Worker that holds the row */
          claimed_by: number | null;
          /** When the message was last made, which is of that moment */
          claimed_at: string | null;
          /** When the claim expires */
          lease_expires_at: string | null;
          /** When the row was created */
          created_at: string;
          /** When the row last changed */
          updated_at: string;
        };
        Insert: {
          id?: never;
          message_id?: string;
          analysis_job_id: number;
          feedback_id?: number | null;
          user_id?: string;
          status?: 'queued' | 'processing' | 'completed' | 'failed';
          attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          last_error?: string | null;
          error_code?: string | null;
          asked_at?: string;
          due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          claimed_at?: string | null;
          lease_expires_at?: string | null;
          created_at?: string;
          updated_at?: string;
        };
        Update: {
          id?: never;
          message_id?: string;
          analysis_job_id?: number;
          feedback_id?: number | null;
          user_id?: string;
          status?: 'queued' | 'processing' | 'completed' | 'failed';
          attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          last_error?: string | null;
          error_code?: string | null;
          asked_at?: string;
          due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          claimed_at?: string | null;
          lease_expires_at?: string | null;
          created_at?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      /** Feedback items; each row is its own entry in the queues of stages ssml and audio */
      analysis_feedback: {
        Row: {
          /** Primary key */
          id: number;
          /** The analysis it belongs to; deleted with it */
          analysis_job_id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** The moment of the video it is about */
          timestamp_seconds: number;
          /** For example Speech or Posture; at most 64 characters */
          category: string;
          /** The text to speak, at most 4,000 characters; blank messages are never claimed; a change starts both stages again */
          message: string;
          /** How sure the provider is, 0 to 1 */
          confidence: number | null;
          /** How much it matters, 0 to 1 */
          impact: number | null;
          /** queued, processing, completed or failed */
          ssml_status: 'queued' | 'processing' | 'completed' | 'failed';
          /** The same; queued until the SSML is completed */
          audio_status: 'queued' | 'processing' | 'completed' | 'failed';
          /** Attempts at the present message, the running one counted */
          ssml_attempts: number;
          /** Attempts at the present SSML, the running one counted */
          audio_attempts: number;
          /** As in analysis_jobs, of the present stage */
          unproven: number;
          /** When the last of them was counted */
          unproven_at: string | null;
          /** Why the last attempt failed, in a sentence for the owner; null after a success */
          ssml_last_error: string | null;
          /** As ssml_last_error */
          audio_last_error: string | null;
          /** The same as a stable code; 'cancelled' after cancel_feedback() */
          ssml_error_code: string | null;
          /** As ssml_error_code */
          audio_error_code: string | null;
          /** When ssml_status last changed */
          ssml_updated_at: string;
          /** When audio_status last changed */
          audio_updated_at: string;
          /** When the message was written or edited, or asked for again */
          asked_at: string;
          /** When the next attempt may be claimed; null when it does not wait */
          ssml_due_at: string | null;
          /** As ssml_due_at */
          audio_due_at: string | null;
          /** The fence: of the claim that holds the row */
          claim_token: number | null;
          /** Worker that holds the row */
          claimed_by: number | null;
          /** When the claim expires */
          lease_expires_at: string | null;
          /** Made by the analysis: replaced when the analysis runs again */
          from_analysis: boolean;
          /** When it may be spoken; null: at once */
          not_before: string | null;
          /** The owner's rating: up or down */
          user_rating: 'up' | 'down' | null;
          /** When the owner dismissed its failure: dismiss_feedback() */
          dismissed_at: string | null;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          id?: never;
          analysis_job_id: number;
          user_id?: string;
          timestamp_seconds?: number;
          category?: string;
          message?: string;
          confidence?: number | null;
          impact?: number | null;
          ssml_status?: 'queued' | 'processing' | 'completed' | 'failed';
          audio_status?: 'queued' | 'processing' | 'completed' | 'failed';
          ssml_attempts?: number;
          audio_attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          ssml_last_error?: string | null;
          audio_last_error?: string | null;
          ssml_error_code?: string | null;
          audio_error_code?: string | null;
          ssml_updated_at?: string;
          audio_updated_at?: string;
          asked_at?: string;
          ssml_due_at?: string | null;
          audio_due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          lease_expires_at?: string | null;
          from_analysis?: boolean;
          not_before?: string | null;
          user_rating?: 'up' | 'down' | null;
          dismissed_at?: string | null;
          created_at?: string;
        };
        Update: {
          id?: never;
          analysis_job_id?: number;
          user_id?: string;
          timestamp_seconds?: number;
          category?: string;
          message?: string;
          confidence?: number | null;
          impact?: number | null;
          ssml_status?: 'queued' | 'processing' | 'completed' | 'failed';
          audio_status?: 'queued' | 'processing' | 'completed' | 'failed';
          ssml_attempts?: number;
          audio_attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          ssml_last_error?: string | null;
          audio_last_error?: string | null;
          ssml_error_code?: string | null;
          audio_error_code?: string | null;
          ssml_updated_at?: string;
          audio_updated_at?: string;
          asked_at?: string;
          ssml_due_at?: string | null;
          audio_due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          lease_expires_at?: string | null;
          from_analysis?: boolean;
          not_before?: string | null;
          user_rating?: 'up' | 'down' | null;
          dismissed_at?: string | null;
          created_at?: string;
        };
        Relationships: [
          { foreignKeyName: 'analysis_feedback_analysis_job_id_fkey'; columns: ["analysis_job_id"]; isOneToOne: false; referencedRelation: 'analysis_jobs'; referencedColumns: ["id"] },
        ];
      };
      /** One analysis of one recording: the queue entry and its result */
      analysis_jobs: {
        Row: {
          /** Primary key */
          id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** The recording; one analysis each, deleted with it */
          video_recording_id: number;
          /** queued, processing, completed or failed */
          status: 'queued' | 'processing' | 'completed' | 'failed';
          /** Progress of the present attempt; 100 when completed */
          progress_percentage: number;
          /** Attempts of the current run, the running one counted */
          attempts: number;
          /** Failures of this run that may be the server's: not attempts, until the server works for another row */
          unproven: number;
          /** When the last of them was counted */
          unproven_at: string | null;
          /** Why the last attempt failed, in a sentence for the owner; null after a success */
          last_error: string | null;
          /** The same as a stable code; 'cancelled' after cancel_analysis() */
          error_code: string | null;
          /** Of the analysis, as the provider gave it */
          title: string | null;
          /** The analysis in short */
          summary_text: string | null;
          /** The analysis at length */
          full_feedback_text: string | null;
          /** The provider's answer, whole */
          raw_response: Json | null;
          /** Which server made it; external: store_analysis_results() */
          provider: string | null;
          /** The provider's model or version */
          version: string | null;
          /** Name of the voice that speaks its feedback */
          voice: string | null;
          /** The row of debrief.voices as it was when the job was made */
          voice_snapshot: Json;
          /** As its recording says: while it waits for its turn, due_at is null */
          bulk: boolean;
          /** One id through rows, attempts, the server log and the provider's requests */
          correlation_id: string;
          /** When the analysis was asked for, the last time */
          asked_at: string;
          /** When the next attempt may be claimed; null when it does not wait */
          due_at: string | null;
          /** The fence: of the claim that holds the row */
          claim_token: number | null;
          /** Worker that holds the row */
          claimed_by: number | null;
          /** When the claim expires */
          lease_expires_at: string | null;
          /** The server that exchange_state is about */
          exchange_server: string | null;
          /** How far a long exchange has come (an upload, its processing): the next attempt continues there. Contains no secrets */
          exchange_state: Json | null;
          /** When the last attempt began */
          processing_started_at: string | null;
          /** When the analysis was completed or failed */
          processing_completed_at: string | null;
          /** When it is removed with its recording; infinity: never; null: pg_debrief.analysis_retention decides */
          keep_until: string | null;
          /** When the row was created */
          created_at: string;
          /** When the row last changed */
          updated_at: string;
        };
        Insert: {
          id?: never;
          user_id?: string;
          video_recording_id: number;
          status?: 'queued' | 'processing' | 'completed' | 'failed';
          progress_percentage?: number;
          attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          last_error?: string | null;
          error_code?: string | null;
          title?: string | null;
          summary_text?: string | null;
          full_feedback_text?: string | null;
          raw_response?: Json | null;
          provider?: string | null;
          version?: string | null;
          voice?: string | null;
          voice_snapshot?: Json;
          bulk?: boolean;
          correlation_id?: string;
          asked_at?: string;
          due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          lease_expires_at?: string | null;
          exchange_server?: string | null;
          exchange_state?: Json | null;
          processing_started_at?: string | null;
          processing_completed_at?: string | null;
          keep_until?: string | null;
          created_at?: string;
          updated_at?: string;
        };
        Update: {
          id?: never;
          user_id?: string;
          video_recording_id?: number;
          status?: 'queued' | 'processing' | 'completed' | 'failed';
          progress_percentage?: number;
          attempts?: number;
          unproven?: number;
          unproven_at?: string | null;
          last_error?: string | null;
          error_code?: string | null;
          title?: string | null;
          summary_text?: string | null;
          full_feedback_text?: string | null;
          raw_response?: Json | null;
          provider?: string | null;
          version?: string | null;
          voice?: string | null;
          voice_snapshot?: Json;
          bulk?: boolean;
          correlation_id?: string;
          asked_at?: string;
          due_at?: string | null;
          claim_token?: number | null;
          claimed_by?: number | null;
          lease_expires_at?: string | null;
          exchange_server?: string | null;
          exchange_state?: Json | null;
          processing_started_at?: string | null;
          processing_completed_at?: string | null;
          keep_until?: string | null;
          created_at?: string;
          updated_at?: string;
        };
        Relationships: [
          { foreignKeyName: 'analysis_jobs_video_recording_id_fkey'; columns: ["video_recording_id"]; isOneToOne: true; referencedRelation: 'video_recordings'; referencedColumns: ["id"] },
        ];
      };
      /** Measurements of an analysis */
      analysis_metrics: {
        Row: {
          /** Primary key */
          id: number;
          /** The analysis that measured it */
          analysis_job_id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** What was measured; once for each analysis */
          metric_key: string;
          /** The measurement */
          metric_value: number;
          /** Its unit; empty: a plain number */
          unit: string;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          id?: never;
          analysis_job_id: number;
          user_id?: string;
          metric_key: string;
          metric_value: number;
          unit?: string;
          created_at?: string;
        };
        Update: {
          id?: never;
          analysis_job_id?: number;
          user_id?: string;
          metric_key?: string;
          metric_value?: number;
          unit?: string;
          created_at?: string;
        };
        Relationships: [
          { foreignKeyName: 'analysis_metrics_analysis_job_id_fkey'; columns: ["analysis_job_id"]; isOneToOne: false; referencedRelation: 'analysis_jobs'; referencedColumns: ["id"] },
        ];
      };
      /** The SSML of a feedback item, in order of segment_index */
      analysis_ssml_segments: {
        Row: {
          /** Primary key */
          id: number;
          /** The feedback item; deleted with it */
          feedback_id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** Order of the segments, from 0 */
          segment_index: number;
          /** One whole <speak> document */
          ssml: string;
          /** Which server wrote it */
          provider: string | null;
          /** The provider's model or version */
          version: string | null;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          id?: number;
          feedback_id: number;
          user_id?: string;
          segment_index?: number;
          ssml: string;
          provider?: string | null;
          version?: string | null;
          created_at?: string;
        };
        Update: {
          id?: number;
          feedback_id?: number;
          user_id?: string;
          segment_index?: number;
          ssml?: string;
          provider?: string | null;
          version?: string | null;
          created_at?: string;
        };
        Relationships: [
          { foreignKeyName: 'analysis_ssml_segments_feedback_id_fkey'; columns: ["feedback_id"]; isOneToOne: false; referencedRelation: 'analysis_feedback'; referencedColumns: ["id"] },
        ];
      };
      /** Attempt history, kept for pg_debrief.attempt_retention; which attempts: pg_debrief.attempt_history */
      attempts: {
        Row: {
          /** Primary key */
          id: number;
          /** The stage */
          stage: string;
          /** The id of its row in the queue of the stage, such as analysis_jobs.id or analysis_feedback.id */
          row_id: number;
          /** The owner, from the row it belongs to; never changes */
          user_id: string | null;
          /** As in analysis_jobs */
          correlation_id: string | null;
          /** Which attempt of its run it was */
          attempt: number;
          /** The server that was called */
          server: string | null;
          /** What was decided: completed; retried, deferred or released (tried again; only retried is charged); failed; rescued (its worker was gone); cancelled (aborted, because the row was edited, cancelled or deleted); stale (its answer came too late) */
          disposition: string;
          /** When the row may be tried again; null: not because of this attempt */
          next_attempt_at: string | null;
          /** Stable code of what went wrong */
          code: string | null;
          /** For operators: the provider's message, shortened, without secrets */
          detail: string | null;
          /** Of the last answer */
          http_status: number | null;
          /** Milliseconds until the name was resolved */
          dns_ms: number | null;
          /** Milliseconds until the connection was established */
          connect_ms: number | null;
          /** Milliseconds until TLS was established */
          tls_ms: number | null;
          /** Milliseconds until the first byte of the answer */
          first_byte_ms: number | null;
          /** Milliseconds of the whole call */
          total_ms: number | null;
          /** As reported by the provider */
          input_tokens: number | null;
          /** As reported by the provider */
          output_tokens: number | null;
          /** As reported by the provider, or as sent */
          characters: number | null;
          /** Milliseconds of audio produced */
          audio_ms: number | null;
          /** When it ended */
          finished_at: string;
        };
        Insert: {
          id?: never;
          stage: string;
          row_id: number;
          user_id?: string | null;
          correlation_id?: string | null;
          attempt: number;
          server?: string | null;
          disposition: string;
          next_attempt_at?: string | null;
          code?: string | null;
          detail?: string | null;
          http_status?: number | null;
          dns_ms?: number | null;
          connect_ms?: number | null;
          tls_ms?: number | null;
          first_byte_ms?: number | null;
          total_ms?: number | null;
          input_tokens?: number | null;
          output_tokens?: number | null;
          characters?: number | null;
          audio_ms?: number | null;
          finished_at?: string;
        };
        Update: {
          id?: never;
          stage?: string;
          row_id?: number;
          user_id?: string | null;
          correlation_id?: string | null;
          attempt?: number;
          server?: string | null;
          disposition?: string;
          next_attempt_at?: string | null;
          code?: string | null;
          detail?: string | null;
          http_status?: number | null;
          dns_ms?: number | null;
          connect_ms?: number | null;
          tls_ms?: number | null;
          first_byte_ms?: number | null;
          total_ms?: number | null;
          input_tokens?: number | null;
          output_tokens?: number | null;
          characters?: number | null;
          audio_ms?: number | null;
          finished_at?: string;
        };
        Relationships: [];
      };
      /** The store of kind database: sounds as bytea, written in the settle's own transaction */
      audio_objects: {
        Row: {
          /** As in analysis_audio_segments */
          storage_path: string;
          /** The owner, from the row it belongs to; never changes */
          user_id: string;
          /** Such as audio/wav */
          content_type: string;
          /** The sound */
          body: string;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          storage_path: string;
          user_id?: string;
          content_type: string;
          body: string;
          created_at?: string;
        };
        Update: {
          storage_path?: string;
          user_id?: string;
          content_type?: string;
          body?: string;
          created_at?: string;
        };
        Relationships: [];
      };
      /** The database that this pipeline was installed in: a copy of it claims nothing until debrief.activate_copy() */
      installation: {
        Row: {
          /** There is one row */
          only_row: boolean;
          /** Of the cluster, from pg_control */
          system_identifier: string;
          /** Of the database */
          database_oid: string;
          /** When it was installed */
          installed_at: string;
          /** The version of the tables: see debrief.update_tables() */
          tables_version: string;
        };
        Insert: {
          only_row?: boolean;
          system_identifier: string;
          database_oid: string;
          installed_at?: string;
          tables_version?: string;
        };
        Update: {
          only_row?: boolean;
          system_identifier?: string;
          database_oid?: string;
          installed_at?: string;
          tables_version?: string;
        };
        Relationships: [];
      };
      /** Objects to delete when due, unless a row names them: of deleted rows, of sounds that are being stored and were not settled yet, and files that a provider received */
      object_deletions: {
        Row: {
          /** Primary key */
          id: number;
          /** The server that keeps the object */
          store: string;
          /** The object's path in its store */
          storage_path: string;
          /** The row that is to name the object, if one does */
          feedback_id: number | null;
          /** Of that row */
          segment_index: number | null;
          /** How often its deletion was tried */
          attempts: number;
          /** Why it could not be deleted */
          last_error: string | null;
          /** When it is tried next */
          due_at: string;
          /** When the row was created */
          created_at: string;
        };
        Insert: {
          id?: never;
          store: string;
          storage_path: string;
          feedback_id?: number | null;
          segment_index?: number | null;
          attempts?: number;
          last_error?: string | null;
          due_at?: string;
          created_at?: string;
        };
        Update: {
          id?: never;
          store?: string;
          storage_path?: string;
          feedback_id?: number | null;
          segment_index?: number | null;
          attempts?: number;
          last_error?: string | null;
          due_at?: string;
          created_at?: string;
        };
        Relationships: [];
      };
      /** Who retried, cancelled, dismissed, paused, resumed, or changed a stage or a server: a row for each action of an operator, and one per user, action and minute for end users; sessions that act at once have one each. Kept as long as pipeline_hours */
      operations: {
        Row: {
          /** Primary key */
          id: string;
          /** The minute of at */
          minute: string;
          /** When; for an end user the first time in that minute */
          at: string;
          /** The function that was called, or the command */
          action: string;
          /** To what: a stage, a server, or the id of a row; for an end user the first one */
          target: string;
          /** How many rows */
          affected: number;
          /** The role that logged in */
          login: string;
          /** The role that acted: after SET ROLE another one */
          role: string;
          /** The end user, where an application acted for one; null: an operator */
          end_user: string | null;
          /** application_name of the session */
          application: string | null;
          /** Where the session came from; null: a local socket */
          address: string | null;
        };
        Insert: {
          id?: string;
          minute?: string;
          at?: string;
          action: string;
          target?: string;
          affected?: number;
          login: string;
          role: string;
          end_user?: string | null;
          application?: string | null;
          address?: string | null;
        };
        Update: {
          id?: string;
          minute?: string;
          at?: string;
          action?: string;
          target?: string;
          affected?: number;
          login?: string;
          role?: string;
          end_user?: string | null;
          application?: string | null;
          address?: string | null;
        };
        Relationships: [];
      };
      /** When a stage was kept from work by a fault of a server or of the database: the clock of stages.give_up_after */
      outages: {
        Row: {
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** The server or store at fault; empty: the database */
          server: string;
          /** When it was parked */
          began_at: string;
          /** When it worked again or was paused; in the future: not before it is tried again */
          ended_at: string;
        };
        Insert: {
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server: string;
          began_at: string;
          ended_at: string;
        };
        Update: {
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server?: string;
          began_at?: string;
          ended_at?: string;
        };
        Relationships: [];
      };
      /** The history of the pipeline by the hour, up to the last full hour; kept for pg_debrief.hours_retention. Hour -infinity: the total of all hours, from which counters begin */
      pipeline_hours: {
        Row: {
          /** The hour (UTC) in which it ended; -infinity: ever */
          hour: string;
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** The provider, or the store whose fault a failure is; empty: the stage had none */
          server: string;
          /** completed, failed (for good), cancelled, or retried: the attempt failed or was given back, and the row goes on */
          outcome: 'completed' | 'failed' | 'cancelled' | 'retried';
          /** Why it failed, as a stable code; empty for what was completed */
          code: string;
          /** How many ended so */
          count: number;
          /** Sum of the attempts made at them until then */
          attempts: number;
          /** Sum of the times from due to claim, of the last attempt of each, in milliseconds */
          wait_ms: number;
          /** How many waited up to .001 .005 .01 .05 .1 .5 1 5 10 30 120 seconds, each without those before, and longer */
          wait_buckets: number[];
          /** Sum of the times from claim to answer, of the last attempt of each, in milliseconds */
          call_ms: number;
          /** The same for these; buckets as in wait_buckets */
          call_buckets: number[];
          /** Sum of the times from the request (upload, message, edit, retry) until it was done or failed, in milliseconds; 0 for SSML that goes on to audio */
          duration_ms: number;
          /** How many took up to 1 2 5 10 20 30 60 120 300 seconds, each without those before, and longer */
          duration_buckets: number[];
          /** As reported by the provider, of the last attempts; debrief.usage has all that was paid */
          input_tokens: number;
          /** As reported by the provider */
          output_tokens: number;
          /** As reported by the provider, or as sent */
          characters: number;
          /** Milliseconds of audio produced */
          audio_ms: number;
          /** At the prices that the server's options had then */
          cost: number;
        };
        Insert: {
          hour: string;
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server: string;
          outcome: 'completed' | 'failed' | 'cancelled' | 'retried';
          code: string;
          count: number;
          attempts: number;
          wait_ms: number;
          wait_buckets: number[];
          call_ms: number;
          call_buckets: number[];
          duration_ms: number;
          duration_buckets: number[];
          input_tokens: number;
          output_tokens: number;
          characters: number;
          audio_ms: number;
          cost: number;
        };
        Update: {
          hour?: string;
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server?: string;
          outcome?: 'completed' | 'failed' | 'cancelled' | 'retried';
          code?: string;
          count?: number;
          attempts?: number;
          wait_ms?: number;
          wait_buckets?: number[];
          call_ms?: number;
          call_buckets?: number[];
          duration_ms?: number;
          duration_buckets?: number[];
          input_tokens?: number;
          output_tokens?: number;
          characters?: number;
          audio_ms?: number;
          cost?: number;
        };
        Relationships: [];
      };
      /** The history of the pipeline: what ended in each minute, by stage, server, outcome and code. Kept for pg_debrief.minutes_retention; see also pipeline_hours */
      pipeline_minutes: {
        Row: {
          /** The minute in which it ended */
          minute: string;
          /** Who counted: the ordinal of a worker, or of a session minus its process ID. No two write to the same row */
          writer: number;
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** The provider, or the store whose fault a failure is; empty: the stage had none */
          server: string;
          /** completed, failed (for good), cancelled, or retried: the attempt failed or was given back, and the row goes on */
          outcome: 'completed' | 'failed' | 'cancelled' | 'retried';
          /** Why it failed, as a stable code; empty for what was completed */
          code: string;
          /** How many ended so */
          count: number;
          /** Sum of the attempts made at them until then */
          attempts: number;
          /** Sum of the times from due to claim, of the last attempt of each, in milliseconds */
          wait_ms: number;
          /** How many waited up to .001 .005 .01 .05 .1 .5 1 5 10 30 120 seconds, each without those before, and longer */
          wait_buckets: number[];
          /** Sum of the times from claim to answer, of the last attempt of each, in milliseconds */
          call_ms: number;
          /** The same for these; buckets as in wait_buckets */
          call_buckets: number[];
          /** Sum of the times from the request (upload, message, edit, retry) until it was done or failed, in milliseconds; 0 for SSML that goes on to audio */
          duration_ms: number;
          /** How many took up to 1 2 5 10 20 30 60 120 300 seconds, each without those before, and longer */
          duration_buckets: number[];
          /** As reported by the provider, of the last attempts; debrief.usage has all that was paid */
          input_tokens: number;
          /** As reported by the provider */
          output_tokens: number;
          /** As reported by the provider, or as sent */
          characters: number;
          /** Milliseconds of audio produced */
          audio_ms: number;
          /** At the prices that the server's options had then */
          cost: number;
          /** Whether pipeline_hours contains it */
          rolled_up: boolean;
        };
        Insert: {
          minute: string;
          writer: number;
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server: string;
          outcome: 'completed' | 'failed' | 'cancelled' | 'retried';
          code: string;
          count: number;
          attempts: number;
          wait_ms: number;
          wait_buckets: number[];
          call_ms: number;
          call_buckets: number[];
          duration_ms: number;
          duration_buckets: number[];
          input_tokens: number;
          output_tokens: number;
          characters: number;
          audio_ms: number;
          cost: number;
          rolled_up?: boolean;
        };
        Update: {
          minute?: string;
          writer?: number;
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server?: string;
          outcome?: 'completed' | 'failed' | 'cancelled' | 'retried';
          code?: string;
          count?: number;
          attempts?: number;
          wait_ms?: number;
          wait_buckets?: number[];
          call_ms?: number;
          call_buckets?: number[];
          duration_ms?: number;
          duration_buckets?: number[];
          input_tokens?: number;
          output_tokens?: number;
          characters?: number;
          audio_ms?: number;
          cost?: number;
          rolled_up?: boolean;
        };
        Relationships: [];
      };
      /** What is left of recordings that retention, delete_recording() or erase_user() removed: an update of the application's row that keeps its path does not start their analysis again */
      removed_sources: {
        Row: {
          /** As it was in video_recordings */
          source: string;
          /** When the recording was removed */
          removed_at: string;
        };
        Insert: {
          source: string;
          removed_at?: string;
        };
        Update: {
          source?: string;
          removed_at?: string;
        };
        Relationships: [];
      };
      /** How much of calls_per_minute and calls_per_day is used up, for servers that have these options: kept by the workers */
      server_limits: {
        Row: {
          /** Name of the server */
          server: string;
          /** Calls that could begin at allowance_at */
          allowance: number;
          /** When allowance was counted */
          allowance_at: string;
          /** The day (UTC) that day_calls counts */
          day: string | null;
          /** Calls that began on that day */
          day_calls: number;
          /** The last day (UTC) on which its budget was used up; the log has a line of it */
          spent_on: string | null;
        };
        Insert: {
          server: string;
          allowance?: number;
          allowance_at?: string;
          day?: string | null;
          day_calls?: number;
          spent_on?: string | null;
        };
        Update: {
          server?: string;
          allowance?: number;
          allowance_at?: string;
          day?: string | null;
          day_calls?: number;
          spent_on?: string | null;
        };
        Relationships: [];
      };
      /** Servers that are paused, or parked because they failed: written by the worker, read by stage_status */
      server_states: {
        Row: {
          /** Name of the server */
          server: string;
          /** The stage that it serves, or stores for: a server may fail at one and work at another */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** By pause_server(); nothing is claimed for it */
          paused: boolean;
          /** Not called until then, because it failed */
          parked_until: string | null;
          /** How often in a row it was parked; while not 0, one call at a time */
          failures: number;
          /** Why it is parked, as a stable code */
          code: string | null;
          /** Why it is parked, in words */
          message: string | null;
          /** When the row last changed */
          updated_at: string;
        };
        Insert: {
          server: string;
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          paused?: boolean;
          parked_until?: string | null;
          failures?: number;
          code?: string | null;
          message?: string | null;
          updated_at?: string;
        };
        Update: {
          server?: string;
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          paused?: boolean;
          parked_until?: string | null;
          failures?: number;
          code?: string | null;
          message?: string | null;
          updated_at?: string;
        };
        Relationships: [];
      };
      /** What each server was used for, by day (UTC): see debrief.usage */
      server_usage: {
        Row: {
          /** Name of the server */
          server: string;
          /** The stage */
          stage: string;
          /** UTC */
          day: string;
          /** Calls that ended */
          calls: number;
          /** Calls that failed */
          failures: number;
          /** As reported by the provider */
          input_tokens: number;
          /** As reported by the provider */
          output_tokens: number;
          /** As reported by the provider, or as sent */
          characters: number;
          /** Milliseconds of audio produced */
          audio_ms: number;
          /** At the prices that the server's options had then */
          cost: number;
        };
        Insert: {
          server: string;
          stage: string;
          day: string;
          calls?: number;
          failures?: number;
          input_tokens?: number;
          output_tokens?: number;
          characters?: number;
          audio_ms?: number;
          cost?: number;
        };
        Update: {
          server?: string;
          stage?: string;
          day?: string;
          calls?: number;
          failures?: number;
          input_tokens?: number;
          output_tokens?: number;
          characters?: number;
          audio_ms?: number;
          cost?: number;
        };
        Relationships: [];
      };
      /** Stages whose results the database refuses, whatever the row: written by the worker, which keeps them and tries again */
      stage_states: {
        Row: {
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** When the worker tries to store a result again; nothing is claimed before one is stored */
          parked_until: string;
          /** How often in a row it has been refused since the stage was parked */
          failures: number;
          /** SQLSTATE of the refusal */
          code: string | null;
          /** Its message */
          message: string | null;
          /** When the row last changed */
          updated_at: string;
        };
        Insert: {
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          parked_until: string;
          failures?: number;
          code?: string | null;
          message?: string | null;
          updated_at?: string;
        };
        Update: {
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          parked_until?: string;
          failures?: number;
          code?: string | null;
          message?: string | null;
          updated_at?: string;
        };
        Relationships: [];
      };
      /** One row per stage: which server serves it, and its limits. Changes take effect at commit. An optional stage has a row where it is used */
      stages: {
        Row: {
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** The provider: a server whose kind serves the stage; null: the stage waits */
          server: string | null;
          /** analysis: where recordings are read; audio: where audio is written */
          store: string | null;
          /** Attempts before a row fails */
          max_attempts: number;
          /** A row fails when faults of its server or of the database kept it from being tried for so long in all; time in which the stage was paused does not count */
          give_up_after: string;
          /** A retry waits a random time up to base * 2^(attempt - 1), in milliseconds */
          backoff_base_ms: number;
          /** and never more than this, in milliseconds */
          backoff_cap_ms: number;
          /** Time limit of one call, in milliseconds */
          timeout_ms: number;
          /** Calls at once, over all workers of this database */
          max_in_flight: number;
          /** Share of users that are served, by a stable hash of user_id */
          rollout_percent: number;
          /** How many attempts at the rows of one user it begins in a day (UTC): other rows of theirs wait for the next day, uncharged; null: no quota */
          user_attempts_per_day: number | null;
          /** Nothing is claimed while true */
          paused: boolean;
          /** Kind http, stage analysis: sent with each video. Kinds gemini and openai: the prompt, instead of the default one */
          instruction: string;
        };
        Insert: {
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server?: string | null;
          store?: string | null;
          max_attempts?: number;
          give_up_after?: string;
          backoff_base_ms?: number;
          backoff_cap_ms?: number;
          timeout_ms?: number;
          max_in_flight?: number;
          rollout_percent?: number;
          user_attempts_per_day?: number | null;
          paused?: boolean;
          instruction?: string;
        };
        Update: {
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          server?: string | null;
          store?: string | null;
          max_attempts?: number;
          give_up_after?: string;
          backoff_base_ms?: number;
          backoff_cap_ms?: number;
          timeout_ms?: number;
          max_in_flight?: number;
          rollout_percent?: number;
          user_attempts_per_day?: number | null;
          paused?: boolean;
          instruction?: string;
        };
        Relationships: [];
      };
      /** What users have had of their quota today, in stages that have stages.user_attempts_per_day: kept by the workers */
      user_usage: {
        Row: {
          /** analysis, ssml, audio or deliver */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          /** The user */
          end_user: string;
          /** The day (UTC) that attempts counts; rows of past days are deleted */
          day: string;
          /** Attempts at rows of the user that began on that day and were charged */
          attempts: number;
        };
        Insert: {
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver';
          end_user: string;
          day: string;
          attempts: number;
        };
        Update: {
          stage?: 'analysis' | 'ssml' | 'audio' | 'deliver';
          end_user?: string;
          day?: string;
          attempts?: number;
        };
        Relationships: [];
      };
      /** Uploaded videos; upload_status = completed starts the analysis */
      video_recordings: {
        Row: {
          /** Primary key */
          id: number;
          /** The owner; never changes. An application's user may leave it out */
          user_id: string;
          /** Relative path in the store of stage analysis, at most 1,024 characters; a completed upload needs one, or a transcript; rows of an application's user begin with their user_id and / */
          storage_path: string;
          /** The user's name for the file, at most 500 characters; sent to providers */
          original_filename: string | null;
          /** Container or media type, such as mp4, at most 50 characters; sent to providers */
          format: string | null;
          /** Bytes */
          file_size: number | null;
          /** Seconds */
          duration_seconds: number | null;
          /** pending, uploading, completed or failed; completed starts the analysis */
          upload_status: 'pending' | 'uploading' | 'completed' | 'failed';
          /** Percent; the application's own */
          upload_progress: number;
          /** The row of the application's own table it stands for, at most 500 characters: see debrief.track_upload() */
          source: string | null;
          /** The application's own, at most 256 kB as text; "voice" chooses a row of debrief.voices, "transcript" is what a text model analyses */
          metadata: Json;
          /** When its analysis may begin; null: at once */
          not_before: string | null;
          /** Its analysis begins only while nothing else in the database is due, in stages analysis, ssml and audio; after that it is like any other */
          bulk: boolean;
          /** When the row was created */
          created_at: string;
          /** When the row last changed */
          updated_at: string;
        };
        Insert: {
          id?: never;
          user_id?: string;
          storage_path?: string;
          original_filename?: string | null;
          format?: string | null;
          file_size?: number | null;
          duration_seconds?: number | null;
          upload_status?: 'pending' | 'uploading' | 'completed' | 'failed';
          upload_progress?: number;
          source?: string | null;
          metadata?: Json;
          not_before?: string | null;
          bulk?: boolean;
          created_at?: string;
          updated_at?: string;
        };
        Update: {
          id?: never;
          user_id?: string;
          storage_path?: string;
          original_filename?: string | null;
          format?: string | null;
          file_size?: number | null;
          duration_seconds?: number | null;
          upload_status?: 'pending' | 'uploading' | 'completed' | 'failed';
          upload_progress?: number;
          source?: string | null;
          metadata?: Json;
          not_before?: string | null;
          bulk?: boolean;
          created_at?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      /** Voices an analysis can be spoken with; a job takes a snapshot when it is made */
      voices: {
        Row: {
          /** What a recording's metadata names as "voice" */
          name: string;
          /** BCP 47, such as en-US */
          language: string;
          /** Server name -> that server's name for the voice; at most 20,000 bytes as text */
          provider_voice: Json;
          /** Sent with each request to write SSML */
          ssml_instruction: string;
          /** Sent with each request to speak */
          speech_instruction: string;
          /** Used when the recording's metadata names no voice; at most one */
          is_default: boolean;
        };
        Insert: {
          name: string;
          language?: string;
          provider_voice?: Json;
          ssml_instruction?: string;
          speech_instruction?: string;
          is_default?: boolean;
        };
        Update: {
          name?: string;
          language?: string;
          provider_voice?: Json;
          ssml_instruction?: string;
          speech_instruction?: string;
          is_default?: boolean;
        };
        Relationships: [];
      };
    };
    Views: {
      /** Analyses and feedback that failed, newest first: why, of which file and user, and the correlation id to look for in the attempts and the log. Cancelled ones are left out */
      failures: {
        Row: {
          /** The stage that failed */
          stage: string | null;
          /** The analysis that failed, or that the feedback belongs to */
          analysis_job_id: number | null;
          /** The feedback item that failed; null for an analysis */
          feedback_id: number | null;
          /** The owner */
          user_id: string | null;
          /** The recording: the user's name for it, or its path in the store */
          file: string | null;
          /** Why, as a stable code */
          error_code: string | null;
          /** Why, in a sentence for the owner */
          last_error: string | null;
          /** The provider's message, if debrief.attempts has it; null for users who may not read that table */
          detail: string | null;
          /** Number of attempts made */
          attempts: number | null;
          /** When it failed */
          since: string | null;
          /** When its owner dismissed it: dismiss_feedback(). Only operators and readers see dismissed failures */
          dismissed_at: string | null;
          /** To look for in debrief.attempts and the log */
          correlation_id: string | null;
          /** The text of the feedback item; null for an analysis */
          message: string | null;
          /** The message to the receiver that failed, or the row of another optional stage; null for other stages */
          delivery_id: number | null;
        };
        Relationships: [];
      };
      /** Each feedback item in one word (blank, unqueued, queued, retrying, processing, completed, failed), with both stages, attempts, error and due time */
      feedback_status: {
        Row: {
          /** Primary key */
          id: number | null;
          /** The analysis it belongs to; deleted with it */
          analysis_job_id: number | null;
          /** The owner, from the row it belongs to; never changes */
          user_id: string | null;
          /** The moment of the video it is about */
          timestamp_seconds: number | null;
          /** For example Speech or Posture */
          category: string | null;
          /** The text to speak; blank messages are never claimed; a change starts both stages again */
          message: string | null;
          /** blank, unqueued, queued, retrying, processing, completed or failed; unqueued: written while triggers were off, no worker sees it until retry_feedback() */
          status: 'failed' | 'completed' | 'processing' | 'unqueued' | 'blank' | 'retrying' | 'queued' | null;
          /** queued, processing, completed or failed */
          ssml_status: 'queued' | 'processing' | 'completed' | 'failed' | null;
          /** The same; queued until the SSML is completed */
          audio_status: 'queued' | 'processing' | 'completed' | 'failed' | null;
          /** Attempts at the present message, the running one counted */
          ssml_attempts: number | null;
          /** Attempts at the present SSML, the running one counted */
          audio_attempts: number | null;
          /** Failures of the present stage that may be the server's: not attempts */
          unproven: number | null;
          /** Of the SSML, else of the audio */
          error_code: string | null;
          /** The error as a sentence for the owner */
          last_error: string | null;
          /** When the stage that waits is due */
          next_attempt_at: string | null;
          /** When either stage last changed */
          updated_at: string | null;
          /** Of its analysis */
          correlation_id: string | null;
          /** Number of audio segments */
          audio_segments: number | null;
          /** Their total length in milliseconds */
          audio_duration_ms: number | null;
          /** The recording it is about */
          video_recording_id: number | null;
        };
        Relationships: [];
      };
      /** Histogram of all attempts ever settled: wait (due to claim) and call (claim to answer). It survives the loss of a worker and a restart */
      latency: {
        Row: {
          /** The stage */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver' | null;
          /** wait or call */
          phase: string | null;
          /** Upper bound of the bucket, in milliseconds; Infinity: all that took longer */
          upper_bound_ms: number | null;
          /** Number of attempts in this bucket */
          calls: number | null;
          /** Number of attempts up to this bound */
          cumulative: number | null;
          /** Sum of the times of all buckets of this stage and phase, in milliseconds */
          total_ms: number | null;
        };
        Relationships: [];
      };
      /** The limits of each server (calls_per_minute, calls_per_day, tokens_per_day, characters_per_day, cost_per_day): how much of them is used, and until when */
      limits: {
        Row: {
          /** Name of the server */
          server: string | null;
          /** The server's option that sets it */
          limit_name: string | null;
          /** Its value */
          allowed: number | null;
          /** How much of it is used; calls_per_minute: all or nothing */
          used: number | null;
          /** When more is allowed: the next day (UTC), or for calls_per_minute the next call */
          resets_at: string | null;
          /** Whether no call may begin until resets_at */
          is_used_up: boolean | null;
        };
        Relationships: [];
      };
      /** The queue of each stage; due: could be claimed now; held: due, but kept back by held_by; delayed: due later; waiting: blank, or audio before its SSML. Alert on oldest_due */
      pipeline_status: {
        Row: {
          /** The stage */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver' | null;
          /** Rows that could be claimed now */
          due: number | null;
          /** Rows that are due and cannot be claimed: held_by says why */
          held: number | null;
          /** What holds them: the stage's state in stage_status, such as paused, parked or budget spent, which holds all due rows; or rollout: users outside rollout_percent */
          held_by: string | null;
          /** Rows that are due later: a retry, a server that is busy, a user's quota of the day, or the time that they were given */
          delayed: number | null;
          /** Rows that wait for a message, for their SSML, or in the bulk lane */
          waiting: number | null;
          /** Rows being processed */
          processing: number | null;
          /** How long the longest-due row that could be claimed has been due */
          oldest_due: string | null;
          /** How long the longest-running row has been processing */
          oldest_processing: string | null;
        };
        Relationships: [];
      };
      /** The service levels for the last hour, day and week: how long feedback took until it was spoken or failed, how much of it failed, how long rows waited for their turn, and for how much of the time each server was not parked */
      slo: {
        Row: {
          /** hour, day or week; day and week begin at a full hour */
          period: string | null;
          /** When the period began */
          since: string | null;
          /** Feedback items that were spoken */
          spoken: number | null;
          /** Feedback items that failed for good; cancelled ones are not counted */
          failed: number | null;
          /** failed / (spoken + failed); should be below 0.01 */
          failed_share: number | null;
          /** Half of the items were done within this time after their message was written, edited or retried, in seconds */
          p50_seconds: number | null;
          /** 95 % of the items were done within this time, in seconds; should be below 30. Infinity: longer than 300 */
          p95_seconds: number | null;
          /** 99 % of the items were done within this time, in seconds */
          p99_seconds: number | null;
          /** 95 % of the claims came within this time after the row was due, in all stages, in seconds; should be below 5 */
          queue_p95_seconds: number | null;
          /** For each server the share of the time in which it was not parked */
          server_availability: Json | null;
        };
        Relationships: [];
      };
      /** Each stage: ready, probing, or what keeps it from working (parked, paused, budget spent, no worker, and so on); why, and what to do */
      stage_status: {
        Row: {
          /** The stage */
          stage: 'analysis' | 'ssml' | 'audio' | 'deliver' | null;
          /** The provider that serves it */
          server: string | null;
          /** Of that server */
          kind: string | null;
          /** The store of the stage */
          store: string | null;
          /** ready, or why it is not */
          state: string | null;
          /** Why it is not ready */
          reason: string | null;
          /** What to do */
          hint: string | null;
          /** When the next call is made, if it is parked or its budget is spent */
          parked_until: string | null;
          /** Consecutive failures of the server */
          failures: number | null;
          /** What the server's calls of all stages cost today (UTC) */
          cost_today: number | null;
        };
        Relationships: [];
      };
      /** What each server was used for, by day (UTC) and stage: calls that ended, those that failed, tokens and characters as the provider reported them, seconds of audio, cost */
      usage: {
        Row: {
          /** UTC */
          day: string | null;
          /** Name of the server */
          server: string | null;
          /** The stage */
          stage: string | null;
          /** Calls that ended */
          calls: number | null;
          /** Calls that failed */
          failures: number | null;
          /** As reported by the provider */
          input_tokens: number | null;
          /** As reported by the provider */
          output_tokens: number | null;
          /** As reported by the provider, or as sent */
          characters: number | null;
          /** Seconds of audio produced */
          audio_seconds: number | null;
          /** At the prices that the server's options had then */
          cost: number | null;
        };
        Relationships: [];
      };
      /** The launcher and this database's workers: state, calls in flight, last error */
      worker_status: {
        Row: {
          /** launcher or worker */
          process: string | null;
          /** The worker's database */
          database: string | null;
          /** Number of the worker within its database */
          ordinal: number | null;
          /** Process ID; null while there is no process */
          pid: number | null;
          /** What the process is doing */
          state: string | null;
          /** Since when */
          since: string | null;
          /** Calls under way */
          analysis_in_flight: number | null;
          /** Calls under way */
          ssml_in_flight: number | null;
          /** Calls under way */
          audio_in_flight: number | null;
          /** The last error */
          last_error: string | null;
          /** Calls under way */
          deliver_in_flight: number | null;
          /** Where a worker outside the server runs; null for one inside */
          host: string | null;
          /** Of pg_debrief; null while there is no process */
          version: string | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      /** Lets a copy of a database process its rows and call its providers, which bill for it; paused stages stay paused. Operators only. */
      activate_copy: {
        Args: Record<PropertyKey, never>;
        Returns: string;
      };
      /** Stops an analysis and all that is queued or processing of its feedback; returns the state of the analysis and how many items were cancelled. */
      cancel_analysis: {
        Args: { analysis_job_id: number };
        Returns: { analysis: string | null; feedback_cancelled: number | null };
      };
      /** Stops a message that is queued or being sent: it fails with code cancelled. Operators only. */
      cancel_delivery: {
        Args: { delivery_id: number };
        Returns: string;
      };
      /** Stops what is queued or processing of a feedback item: those stages fail with code cancelled; a call in flight is aborted. */
      cancel_feedback: {
        Args: { feedback_id: number };
        Returns: string;
      };
      /** Cancels rows that wait in the queue, but not those being processed. The arguments select a stage, a user, rows whose last attempt failed with an error code, and rows requested before a time; at most max_rows per stage. Returns the number for each stage. retry_analysis() and retry_feedback() queue a row again. */
      cancel_queued: {
        Args: { stage?: string; error_code?: string; user_id?: string; asked_before?: string; max_rows?: number };
        Returns: { cancelled_stage: string | null; cancelled: number | null }[];
      };
      /** Every difference between this installation and a good one of this version, with the command that fixes it; no row when all is well. Your own columns, indexes, policies, triggers and grants to read are not reported */
      check_installation: {
        Args: Record<PropertyKey, never>;
        Returns: { object: string | null; problem: string | null; fix: string | null }[];
      };
      /** The application's user: "sub" of request.jwt.claims (PostgREST, Supabase), null without it; when there are no claims, the setting debrief.user_id, else null. */
      current_user_id: {
        Args: Record<PropertyKey, never>;
        Returns: string;
      };
      /** Deletes a recording with its analysis, feedback and audio; a call in flight is aborted, objects in a store are deleted by the worker. The uploaded video stays where it is; an update of the application's row that keeps its path does not start the analysis again. */
      delete_recording: {
        Args: { video_recording_id: number };
        Returns: string;
      };
      /** Hides a feedback item that failed from its owner in feedback_status and failures, until it is retried or edited; operators still see it. */
      dismiss_feedback: {
        Args: { feedback_id: number };
        Returns: string;
      };
      /** For tests: waits until every analysis and feedback item of the database is completed or has failed, and returns those that failed. After the timeout, an error says what is still unfinished. Needs READ COMMITTED, and a transaction that has written nothing */
      drain: {
        Args: { timeout?: string };
        Returns: { stage: string | null; analysis_job_id: number | null; feedback_id: number | null; error_code: string | null; last_error: string | null; detail: string | null; attempts: number | null; message: string | null }[];
      };
      /** Removes everything that is kept about a user: recordings with their analyses, feedback and sounds, objects in stores (by the worker), and attempts. Reports what it removed and what stays. Work in flight is cancelled first, and nothing is analysed again. For operators. */
      erase_user: {
        Args: { user_id: string };
        Returns: { what: string | null; rows: number | null; remark: string | null }[];
      };
      /** Why a feedback item waits or has failed: since when, until when, and the statement that fixes it. Several rows mean several causes, the most important first */
      explain: {
        Args: { feedback_id: number };
        Returns: { stage: string | null; state: string | null; cause: string | null; reason: string | null; since: string | null; until: string | null; fix: string | null }[];
      };
      /** The same as explain(), for an analysis */
      explain_analysis: {
        Args: { analysis_job_id: number };
        Returns: { stage: string | null; state: string | null; cause: string | null; reason: string | null; since: string | null; until: string | null; fix: string | null }[];
      };
      /** The same as explain(), for a delivery. For operators and readers */
      explain_delivery: {
        Args: { delivery_id: number };
        Returns: { stage: string | null; state: string | null; cause: string | null; reason: string | null; since: string | null; until: string | null; fix: string | null }[];
      };
      /** Everything that is kept about a user, one JSON object per line with a table and a row. It contains the sounds of a store of kind database, in base64, and the addresses of those in other stores. For operators. */
      export_user: {
        Args: { user_id: string };
        Returns: Json[];
      };
      /** An analysis with its metrics and feedback as one JSON object; null when there is none that the caller may see. */
      get_analysis_with_metrics: {
        Args: { analysis_job_id: number };
        Returns: Json;
      };
      /** The media type and the bytes of an audio segment in a store of kind database; an error where there is none. */
      get_audio: {
        Args: { feedback_id: number; segment_index?: number };
        Returns: { content_type: string | null; body: string | null }[];
      };
      /** The audio segments of a feedback item in order; none while an edited message is processed again. */
      get_audio_segments_for_feedback: {
        Args: { feedback_id: number };
        Returns: { id: number | null; segment_index: number | null; audio_url: string | null; storage_path: string | null; duration_ms: number | null; format: string | null; provider: string | null; version: string | null; created_at: string | null }[];
      };
      /** Grants a role access as application (its users see and write their own rows), operator (configures, pauses, retries, sees every row) reader (reads every row and view), monitor (reads counts, states and times) or worker (pg_debrief_worker, outside the server). May be called again; needs ADMIN OPTION on the role of pg_debrief that has this access. */
      grant_access: {
        Args: { role_name: string; access: string };
        Returns: string;
      };
      /** Everything that a monitoring system scrapes, as Prometheus has it: name, labels and value. with_installation: also debrief_installation_differences, which takes longer */
      metrics: {
        Args: { with_installation?: boolean };
        Returns: { metric: string | null; labels: Json | null; value: number | null }[];
      };
      /** Stops claims for a stage; calls in flight finish and are settled. Operators only. */
      pause: {
        Args: { stage_name: string };
        Returns: string;
      };
      /** Stops claims for the stages that a server serves. Operators only. */
      pause_server: {
        Args: { server_name: string };
        Returns: string;
      };
      /** Resumes a paused stage, or all of them. Operators only. */
      resume: {
        Args: { stage_name?: string };
        Returns: string;
      };
      /** Resumes a paused server. Ends the wait for a server that is parked because it failed, and for rows that were deferred because of it. Operators only. */
      resume_server: {
        Args: { server_name: string };
        Returns: string;
      };
      /** Runs a failed analysis again, or one that was written while triggers were off, with attempts reset; operators may also run a completed one again (its feedback is replaced). */
      retry_analysis: {
        Args: { analysis_job_id: number };
        Returns: string;
      };
      /** Sends a failed or delivered message again, with the same webhook-id and with attempts reset: it says how things are now. An error while what it reports goes on. Operators only. */
      retry_delivery: {
        Args: { delivery_id: number };
        Returns: string;
      };
      /** Queues failed rows again, attempts reset: of one stage or all, failed since a time, at most max_rows per stage; of one error code, or of all but those that would fail again (unsupported_media, too_large, unsafe_path, blocked, receiver_gone). Never cancelled ones. Returns how many of each. */
      retry_failed: {
        Args: { stage?: string; error_code?: string; since?: string; max_rows?: number };
        Returns: { retried_stage: string | null; retried: number | null }[];
      };
      /** Queues a failed stage (ssml, audio, or null: the one that failed) again, attempts reset, or one that was written while triggers were off; operators may run a completed one again too. */
      retry_feedback: {
        Args: { feedback_id: number; stage?: string };
        Returns: string;
      };
      /** Revokes what grant_access() granted; warns when the role still has it through another role. */
      revoke_access: {
        Args: { role_name: string; access: string };
        Returns: string;
      };
      /** Sets the voice of an analysis to a voice of debrief.voices, as it is now. Waiting feedback will be spoken with it. Feedback that has been spoken, or is being processed, keeps its sound until an operator calls retry_feedback(id, 'audio'). Returns how many items wait. */
      set_voice: {
        Args: { analysis_job_id: number; voice: string };
        Returns: number;
      };
      /** Queues the analysis of an uploaded recording, or reports the state of an existing analysis. A completed upload starts its analysis by itself. */
      start_analysis: {
        Args: { video_recording_id: number };
        Returns: { analysis_job_id: number | null; outcome: string | null };
      };
      /** Stores an analysis that was made elsewhere, as the worker would: replaces the rows of an earlier run, ends a run in flight, and queues the feedback. Keys of feedback: timestamp_seconds, category (at most 64 characters), message (at most 4,000), confidence, impact; of metrics: key, value, unit. */
      store_analysis_results: {
        Args: { analysis_job_id: number; title: string; summary_text: string; full_feedback_text: string; raw_response?: Json; feedback?: Json; metrics?: Json };
        Returns: string;
      };
      /** Has a worker make one free call to a provider or store, and reports whether address, TLS, key and settings work */
      test_server: {
        Args: { server_name: string; timeout?: string };
        Returns: { ok: boolean | null; message: string | null };
      };
      /** Mirrors a table of uploads into debrief.video_recordings by a trigger "debrief" that calls track_upload(); checks the columns that are named, and returns the trigger's definition. May be called again with other arguments; DROP TRIGGER debrief ON the table ends it. */
      track: {
        Args: { uploads: string; user_column?: string; path_column?: string; status_column?: string; done?: string; key_column?: string; uploading?: string; failed?: string; filename?: string; format?: string; size?: string; duration?: string; progress?: string; metadata?: string; voice?: string; transcript?: string; strip?: string; prefix?: string; source?: string };
        Returns: string;
      };
      /** Creates missing tables, triggers, views, rows of debrief.stages, policies and grants, as after a restore without them. For the tables' owner; may be called again */
      update_tables: {
        Args: Record<PropertyKey, never>;
        Returns: string;
      };
      /** The versions of the library that is loaded, of the functions (ALTER EXTENSION pg_debrief UPDATE) and of the tables (debrief.update_tables()): they should be the same */
      version: {
        Args: Record<PropertyKey, never>;
        Returns: { library: string | null; sql: string | null; tables: string | null };
      };
      /** Waits until an analysis is completed or has failed: 'completed', 'failed', or 'timeout'. Its feedback is spoken afterwards: wait_for_feedback(). Needs READ COMMITTED. */
      wait_for_analysis: {
        Args: { analysis_job_id: number; timeout?: string };
        Returns: string;
      };
      /** Waits until a feedback item is spoken or has failed: 'completed', 'failed', or 'timeout'. Needs READ COMMITTED. */
      wait_for_feedback: {
        Args: { feedback_id: number; timeout?: string };
        Returns: string;
      };
      /** Waits until the newest analysis of a recording is completed and all its feedback is spoken: 'completed'; 'failed' when the analysis or, in the end, an item has failed; or 'timeout'. Needs READ COMMITTED. */
      wait_for_recording: {
        Args: { video_recording_id: number; timeout?: string };
        Returns: string;
      };
    };
    Enums: { [_ in never]: never };
    CompositeTypes: { [_ in never]: never };
  };
};
