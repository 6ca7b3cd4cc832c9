// Rows as the console sends them: a pipeline with a bit of everything.
export const USER = '11111111-1111-4111-8111-111111111111';
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

export const session = (more = {}) => ({
  mode: 'login', role: 'alice', user_id: null, can: { read_all: true, operate: true, own: false },
  database: 'app', version: '1.0', console_version: '1.0', is_copy: false, is_standby: false, ...more,
});
export const ownerSession = () => session({ mode: 'jwt', role: 'authenticated', user_id: USER, can: { read_all: false, operate: false, own: true } });

const queue = (more = {}) => ({ due: 0, held: 0, held_by: null, delayed: 0, waiting: 0, processing: 0, oldest_due: null, oldest_processing: null, ...more });
const stage = (name, server, more = {}) => ({
  stage: name, server, kind: 'http', store: null, state: 'ready', reason: null, hint: null, parked_until: null, failures: 0,
  cost_today: 0, rollout_percent: 100, max_in_flight: 16, rows: queue(), ...more,
});

function minutes() {
  const rows = [];
  const now = Math.floor(Date.now() / 60_000);
  for (let i = 0; i < 60; ++i) {
    const minute = new Date((now - i) * 60_000).toISOString();
    const wave = (height) => Math.round(height * (0.7 + 0.3 * Math.sin(i / 4)));
    if (i > 11) rows.push({ minute, stage: 'analysis', completed: wave(9), failed: i === 30 ? 1 : 0, cancelled: 0 });
    rows.push({ minute, stage: 'ssml', completed: wave(i > 11 ? 100 : 4 * i), failed: 0, cancelled: 0 });
    rows.push({ minute, stage: 'audio', completed: wave(88), failed: i > 24 && i < 29 ? 9 : 0, cancelled: i === 5 ? 3 : 0 });
  }
  return rows;
}

const operation = (n, age, action, target, more = {}) => ({
  id: `00000000-0000-4000-8000-00000000000${n}`, at: ago(age), action, target, affected: 1, login: 'alice', role: 'alice', end_user: null,
  application: 'pg_debrief_console:alice', address: null, ...more,
});
export const operations = () => [
  operation(1, 400, 'pause', 'audio', { login: 'ops_on_call', role: 'ops_on_call', application: 'pg_debrief_console:ops_on_call', address: '10.0.4.17' }),
  operation(2, 4000, 'retry_failed', 'audio, timeout', { affected: 4200 }),
  operation(3, 5000, 'retry_feedback', '3', { login: 'authenticator', role: 'authenticated', end_user: USER, application: 'postgrest', address: '10.0.4.9' }),
  operation(4, 90_000, 'change stage', 'audio: server voices to a_server_with_a_long_name_that_somebody_gave_it, timeout_ms 60000 to 120000', { application: 'psql' }),
];

export const emptyOverview = () => ({
  at: ago(0), stages: [stage('analysis', 'local', { store: 'recordings' }), stage('ssml', 'local'), stage('audio', 'local', { store: 'sounds' })],
  workers: [{ process: 'launcher', database: null, ordinal: null, pid: 41, state: 'idle', since: ago(9000), analysis_in_flight: null, ssml_in_flight: null, audio_in_flight: null, last_error: null },
    { process: 'worker', database: 'app', ordinal: 1, pid: 42, state: 'working', since: ago(9000), analysis_in_flight: 0, ssml_in_flight: 0, audio_in_flight: 0, last_error: null }],
  limits: [], slo: [], minutes: [], failures: [], problems: [], operations: [],
});

export const fullOverview = () => ({
  ...emptyOverview(),
  stages: [
    stage('analysis', 'gemini', {
      kind: 'gemini', store: 'recordings', state: 'parked', reason: 'quota_exhausted: The provider\'s quota is used up.', failures: 3, parked_until: ago(-7200),
      hint: 'Buy more, or wait. It is retried automatically; SELECT debrief.resume_server(\'gemini\'); retries at once.',
      rows: queue({ held: 63, held_by: 'parked', waiting: 12 }), cost_today: 41.2,
    }),
    stage('ssml', 'ssml-mini', { kind: 'openai', rows: queue({ due: 4, processing: 3, oldest_due: '00:00:00.2' }) }),
    stage('audio', 'voices', { kind: 'google_tts', store: 'sounds', state: 'paused', reason: 'the stage is paused', hint: 'SELECT debrief.resume(\'audio\');', rows: queue({ held: 112, held_by: 'paused', delayed: 6, processing: 8 }), rollout_percent: 90 }),
  ],
  limits: [
    { server: 'gemini', limit_name: 'cost_per_day', allowed: 60, used: 41.2, resets_at: ago(-20_000), is_used_up: false },
    { server: 'voices', limit_name: 'characters_per_day', allowed: 1_000_000, used: 1_000_000, resets_at: ago(-20_000), is_used_up: true },
    { server: 'ssml-mini', limit_name: 'calls_per_minute', allowed: 90, used: 90, resets_at: ago(-5), is_used_up: true },
  ],
  minutes: minutes(),
  slo: [
    { period: 'hour', spoken: 306, failed: 4, server_availability: { gemini: 0.2 }, p50_seconds: 4.2, p95_seconds: 11.8, p99_seconds: 29, failed_share: 0.0141, queue_p95_seconds: 0.4 },
    { period: 'day', spoken: 7980, failed: 122, server_availability: { gemini: 0.9637, 'ssml-mini': 1, voices: 0.9992 }, p50_seconds: 4.1, p95_seconds: 10.4, p99_seconds: 27, failed_share: 0.0151, queue_p95_seconds: 0.4 },
    { period: 'week', spoken: 50_800, failed: 204, server_availability: {}, p50_seconds: 4.1, p95_seconds: 9.9, p99_seconds: 26, failed_share: 0.004, queue_p95_seconds: 0.3 },
  ],
  operations: operations(),
  failures: [
    { stage: 'audio', error_code: 'timeout', count: 4200, latest: ago(1500) },
    { stage: 'analysis', error_code: 'too_large', count: 4, latest: ago(9000) },
  ],
  problems: [{ object: 'debrief.analysis_jobs', problem: 'the trigger "enqueue" is disabled', fix: 'ALTER TABLE debrief.analysis_jobs ENABLE TRIGGER enqueue;' }],
});

const item = (id, timestamp_seconds, category, message, more = {}) => ({
  id, analysis_job_id: 5121, user_id: USER, timestamp_seconds, category, message, status: 'completed', ssml_status: 'completed', audio_status: 'completed',
  ssml_attempts: 1, audio_attempts: 1, unproven: 0, error_code: null, last_error: null, next_attempt_at: null, updated_at: ago(100),
  correlation_id: '0b6d2f5e-93c1-4c7a-a1de-5f20b7e4c913', audio_segments: 1, audio_duration_ms: 1000, rating: null, dismissed_at: null,
  sounds: [{ segment_index: 0, duration_ms: 1000, url: `sounds/${id}/0`, content_type: 'audio/wav' }], ...more,
});
const silent = { audio_segments: 0, audio_duration_ms: null, sounds: [] };

export const job = (more = {}) => ({
  id: 5121, user_id: USER, video_recording_id: 77, status: 'completed', progress_percentage: 100, attempts: 1, error_code: null, last_error: null,
  title: 'A clear talk that fades towards its end', summary_text: 'You speak clearly and at an even pace. The picture is dark in the middle, and you grow quiet.',
  full_feedback_text: null, provider: 'gemini', version: 'gemini-2.5', voice: 'en-GB-2', correlation_id: '0b6d2f5e-93c1-4c7a-a1de-5f20b7e4c913',
  due_at: null, processing_started_at: ago(900), processing_completed_at: ago(886), created_at: ago(910), updated_at: ago(886), file: 'rehearsal-3.mp4', ...more,
});

const attempt = (id, stageName, row_id, attemptNumber, disposition, age, more = {}) => ({
  id, stage: stageName, row_id, attempt: attemptNumber, server: 'voices', disposition, next_attempt_at: null, code: null, detail: null, http_status: 200,
  total_ms: 2100, characters: 812, finished_at: ago(age), ...more,
});

export const fullAnalysis = () => ({
  job: job(),
  recording: { id: 77, user_id: USER, storage_path: `${USER}/talk.mp4`, original_filename: 'rehearsal-3.mp4', format: 'mp4', file_size: 38_000_000, duration_seconds: 84, upload_status: 'completed', created_at: ago(950) },
  items: [
    item(1, 3, 'Pacing', 'You are silent for 4.0 seconds, from 0:03 to 0:07.', { rating: 'up' }),
    item(2, 12, 'Sound', 'Your voice is 9 dB quieter than at the start. Keep your face towards the microphone.'),
    item(3, 20, 'Pacing', 'You say “basically” four times in ten seconds. A short pause does the same work.', { status: 'failed', audio_status: 'failed', audio_attempts: 3, error_code: 'internal', last_error: 'The provider failed.', ...silent }),
    item(4, 28, 'Light', 'The picture is dark from 0:28 to 0:33. Move the lamp in front of you.'),
    item(5, 29, 'Language', '“Depends from” should be “depends on”.'),
    item(6, 49, 'Sound', '<img src=x onerror="document.title=\'broken\'">', {}),
    item(7, 58, 'Pacing', '184 words a minute here, 140 before. Slow down for the figures on this slide.'),
    item(8, 67, 'Light', 'The window behind you is overexposed from 1:07 to 1:12.', { status: 'processing', audio_status: 'processing', ...silent }),
    item(9, 77, 'Pacing', 'You end on a rising tone. Let the last sentence fall, then wait two seconds.', { status: 'queued', audio_status: 'queued', ...silent }),
  ],
  metrics: [{ metric_key: 'words_per_minute', metric_value: 152, unit: 'wpm' }],
  attempts: [
    attempt(1, 'analysis', 5121, 1, 'completed', 886, { server: 'gemini', total_ms: 14_200 }),
    attempt(2, 'audio', 3, 1, 'retried', 700, { http_status: 500, code: 'internal', detail: 'Unable to synthesize: phoneme alphabet "ipa2" is not known.' }),
    attempt(3, 'audio', 3, 2, 'retried', 620, { http_status: 500, code: 'internal', detail: 'Unable to synthesize: phoneme alphabet "ipa2" is not known.' }),
    attempt(4, 'audio', 3, 3, 'failed', 480, { http_status: 500, code: 'internal', detail: 'Unable to synthesize: phoneme alphabet "ipa2" is not known.' }),
  ],
});

export const analyses = () => [
  job(), job({ id: 5120, status: 'processing', progress_percentage: 42, title: null, file: 'standup.mp4' }), job({ id: 5119, status: 'queued', progress_percentage: 0, title: null, file: null }),
  job({ id: 5118, status: 'failed', error_code: 'unsupported_media', last_error: 'The recording has no picture: upload a video.', title: null, file: 'a file with quite a long name that somebody gave it.mov' }),
];

export const failures = () => [
  { stage: 'audio', analysis_job_id: 5121, feedback_id: 3, user_id: USER, file: 'rehearsal-3.mp4', error_code: 'internal', last_error: 'The provider failed.', detail: 'Unable to synthesize: phoneme alphabet "ipa2" is not known.', attempts: 3, since: ago(480), dismissed_at: null, correlation_id: job().correlation_id, message: 'You say “basically” four times in ten seconds.' },
  { stage: 'analysis', analysis_job_id: 5118, feedback_id: null, user_id: USER, file: 'a.mov', error_code: 'too_large', last_error: 'The recording is too long: use a shorter one.', detail: null, attempts: 1, since: ago(9000), dismissed_at: ago(8000), correlation_id: job().correlation_id, message: null },
];
