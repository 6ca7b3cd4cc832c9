// Compiles only if each marked line does not: @ts-expect-error is an error itself where there is none.
import { createClient } from '@supabase/supabase-js';
import type { Database } from '../../client/types.ts';

const supabase = createClient<Database, 'debrief'>('https://example.supabase.co', 'anon-key', { db: { schema: 'debrief' } });

// @ts-expect-error: the status is "completed"
export const uploads = supabase.from('video_recordings').insert({ storage_path: 'a.mp4', upload_status: 'complete' });
// @ts-expect-error: the status is "failed"
export const failures = supabase.from('feedback_status').select('id').eq('status', 'fail');
// @ts-expect-error: the view is feedback_status
export const statuses = supabase.from('feedback_statuses').select('id');
// @ts-expect-error: an item's id is a number
export const retried = supabase.rpc('retry_feedback', { feedback_id: 'one' });
// @ts-expect-error: ids are given by the database
export const numbered = supabase.from('analysis_jobs').insert({ id: 1, video_recording_id: 1 });
