// What a misspelled table, column or status is to the compiler: an error.
import { createClient } from '@supabase/supabase-js';
import type { Database } from '../../client/types.ts';

const supabase = createClient<Database, 'debrief'>('https://example.supabase.co', 'anon-key', { db: { schema: 'debrief' } });

export async function upload(path: string) {
  const { data } = await supabase.from('video_recordings').insert({ storage_path: path, upload_status: 'completed' }).select('id').single();
  return data?.id;
}

export async function failed(analysisId: number): Promise<string[]> {
  const { data } = await supabase.from('feedback_status').select('id, status, last_error').eq('analysis_job_id', analysisId).eq('status', 'failed');
  return (data ?? []).map((row) => `${row.id}: ${row.last_error ?? ''}`);
}

export async function retry(feedbackId: number): Promise<string | null> {
  return (await supabase.rpc('retry_feedback', { feedback_id: feedbackId })).data;
}
