// The same stores and actions without a console, for an application's server: over PostgreSQL's own connections (`pg` of npm), with LISTEN.

import type { Options } from './debrief.ts';
import type { Event } from './events.ts';
import type { Transport } from './live.ts';
import { DebriefError } from './request.ts';
import type { Analysis, Changes } from './types.ts';

/** What is used of a connected `pg.Client`. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  end(): Promise<void>;
}

export interface PgOptions {
  /** Makes a client and connects it; it is ended when it is needed no more. */
  connect(): Promise<PgClient>;
  /** Whose rows are seen, and who asks, where the connection's role is the application's. */
  userId?: string;
  /** What no NOTIFY says (new and edited rows, progress, ratings) is seen after so long. */
  lookMs?: number;
}

/** Options for createDebrief(). */
export function overPg(options: PgOptions): Pick<Options, 'url' | 'fetch' | 'transport'> {
  return { url: 'pg:', fetch: (input, init) => answer(options, String(input), init), transport: listening(options) };
}

// The time makes another address of another sound: Chromium plays for minutes what it has of an address, whatever its headers say.
const ITEM = `to_jsonb(f) || jsonb_build_object('rating', k.user_rating, 'dismissed_at', k.dismissed_at, 'sounds', (
  select coalesce(jsonb_agg(jsonb_build_object('segment_index', a.segment_index, 'duration_ms', a.duration_ms,
           'url', 'sounds/' || a.feedback_id || '/' || a.segment_index || '?made=' || (extract(epoch from a.created_at) * 1000)::bigint,
           'content_type', 'audio/' || case a.format when 'mp3' then 'mpeg' else a.format end) order by a.segment_index), '[]')
    from debrief.analysis_audio_segments a where a.feedback_id = f.id))`;
const STATE = `
  select jsonb_build_object(
           'job', to_jsonb(j) - array['raw_response', 'exchange_server', 'exchange_state', 'claim_token', 'claimed_by']
                  || jsonb_build_object('file', coalesce(r.original_filename, r.storage_path)),
           'recording', to_jsonb(r),
           'items', (select coalesce(jsonb_agg(${ITEM} order by f.timestamp_seconds, f.id), '[]')
                       from debrief.feedback_status f join debrief.analysis_feedback k on k.id = f.id where f.analysis_job_id = j.id),
           'metrics', (select coalesce(jsonb_agg(to_jsonb(m) order by m.metric_key), '[]') from debrief.analysis_metrics m where m.analysis_job_id = j.id),
           'attempts', '[]'::jsonb) as answer
    from debrief.analysis_jobs j left join debrief.video_recordings r on r.id = j.video_recording_id`;
const OF_ANALYSIS = `${STATE} where j.id = $1`;
const OF_RECORDING = `${STATE} where j.video_recording_id = $1 order by j.id desc limit 1`;
const EXPLAINED = `
  select jsonb_build_object('text', coalesce(string_agg(concat_ws(' ', e.stage || ', ' || e.state || ':', e.reason,
           'Until ' || to_char(e.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC.', 'To do: ' || e.fix), e'\\n'), '')) as answer
    from debrief.explain($1) e`;
const result = (call: string) => `select jsonb_build_object('result', to_jsonb(t)) as answer from ${call}`;
const ACTIONS: Record<string, { names: string[]; text: string }> = {
  retry_feedback: { names: ['feedback_id', 'stage'], text: result('debrief.retry_feedback($1, $2) t') },
  cancel_feedback: { names: ['feedback_id'], text: result('debrief.cancel_feedback($1) t') },
  dismiss_feedback: { names: ['feedback_id'], text: result('debrief.dismiss_feedback($1) t') },
  start_analysis: { names: ['video_recording_id'], text: result('debrief.start_analysis($1) t') },
  rate_feedback: {
    names: ['feedback_id', 'rating'],
    text: `update debrief.analysis_feedback f set user_rating = nullif($2, 'none') where f.id = $1
           returning jsonb_build_object('result', jsonb_build_object('feedback_id', f.id, 'rating', f.user_rating)) as answer`,
  },
};

/** What the statement answers; undefined: there is no such row. */
async function ask(client: PgClient, { userId }: PgOptions, text: string, values: unknown[]): Promise<unknown> {
  try {
    if (userId === undefined) return (await client.query(text, values)).rows[0]?.answer;
    await client.query('begin');
    await client.query(`select set_config('debrief.user_id', $1, true)`, [userId]);
    const { rows } = await client.query(text, values);
    await client.query('commit');
    return rows[0]?.answer;
  } catch (error) {
    throw refusal(error as Error & { code?: string; hint?: string });
  }
}

// As the console has them.
const STATUSES: [RegExp, number][] = [
  [/^42501/, 403], [/^(02|P0002)/, 404], [/^(22|P0001)/, 400], [/^(0A|23|25|40|55)/, 409], [/^(42P01|42703|42883)/, 501], [/^(28|53|57)/, 503],
];

function refusal(error: Error & { code?: string; hint?: string }): DebriefError {
  // Without an SQLSTATE of the server's it is the connection that failed.
  if (!/^[0-9A-Z]{5}$/.test(error.code ?? '') || /^(08|57P)/.test(error.code!)) return new DebriefError('The server cannot be reached.', 0);
  const status = STATUSES.find(([codes]) => codes.test(error.code!))?.[1] ?? 500;
  return new DebriefError(error.message, status, error.code!, error.hint ?? null);
}

async function connected<T>(options: PgOptions, use: (client: PgClient) => Promise<T>): Promise<T> {
  let client: PgClient;
  try {
    client = await options.connect();
  } catch (error) {
    throw refusal(error as Error);
  }
  client.on('error', () => {});  // the statement under way says it too
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const NONE = new DebriefError('There is no such row, or it is another user\'s.', 404);

/** The console's API as far as the client uses it. */
async function answer(options: PgOptions, url: string, init: RequestInit = {}): Promise<Response> {
  const [, kind, id = '', rest = ''] = /^pg:\/api\/(\w+)\/(\w+)(?:\/(\w+))?$/.exec(url) ?? [];
  const reads: Record<string, string> = { analyses: OF_ANALYSIS, 'recordings/analysis': OF_RECORDING, 'feedback/explain': EXPLAINED };
  const action = kind === 'actions' ? ACTIONS[id] : undefined;
  const text = action?.text ?? reads[rest ? `${kind}/${rest}` : `${kind}`];
  try {
    if (text === undefined) throw NONE;
    const args = action ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    const values = action ? action.names.map((name) => args[name] ?? null) : [id];
    const found = await connected(options, (client) => ask(client, options, text, values));
    if (found === undefined) throw NONE;
    return json(200, found);
  } catch (error) {
    const { message, status, sqlstate, hint } = error as DebriefError;
    if (status === 0) throw error;
    return json(status, { error: { message, sqlstate, hint } });
  }
}
const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

function listening(options: PgOptions): Transport {
  const read = async (client: PgClient, topic: string) => {
    const [kind, id] = topic.split(':');
    if (kind !== 'analysis' && kind !== 'recording') throw NONE;
    const state = await ask(client, options, kind === 'analysis' ? OF_ANALYSIS : OF_RECORDING, [id]);
    if (state === undefined) throw NONE;
    return state as Analysis;
  };
  return {
    ask: (topic) => connected(options, (client) => read(client, topic)),
    open: (topic, onEvent, signal) => connected(options, async (client) => {
      const news = bell(client, signal, Number(topic.split(':')[1]), options.lookMs ?? 1_500);
      // A standby hears of nothing, and refuses: there the rows are looked at all the same.
      await client.query('listen debrief_status').catch((error) => {
        if (error.code !== '25006') throw refusal(error);
      });
      let known: Analysis | undefined;
      for (;;) {
        const state = await read(client, topic);
        signal.throwIfAborted();
        onEvent(known ? differences(known, state) : { name: 'state', data: state });
        known = state;
        await news();
      }
    }),
  };
}

/** Of a NOTIFY, which any role may send: what is none of ours is about nothing. */
function analysesOf(payload = ''): unknown[] {
  try {
    const { analysis_ids } = JSON.parse(payload) as { analysis_ids?: unknown };
    return Array.isArray(analysis_ids) ? analysis_ids : [];
  } catch {
    return [];
  }
}

/** Resolves at the next NOTIFY about the analysis, and after `lookMs` in any case; rejects when the connection is lost. */
function bell(client: PgClient, signal: AbortSignal, id: number, lookMs: number): () => Promise<void> {
  let rung = false;
  let lost = false;
  let wake: () => void = () => {};
  const ring = () => {
    rung = true;
    wake();
  };
  const end = () => {
    lost = true;
    ring();
  };
  client.on('notification', ({ payload }) => {
    if (analysesOf(payload).includes(id)) ring();
  });
  client.on('error', end);
  client.on('end', end);
  signal.addEventListener('abort', ring);
  return async () => {
    if (!rung) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, lookMs);
      });
      clearTimeout(timer);
    }
    rung = false;
    signal.throwIfAborted();
    if (lost) throw new DebriefError('The connection broke.', 0);
  };
}

/** The rows that changed, as the console's stream has them; a sign of life when none did. */
function differences(before: Analysis, after: Analysis): Event {
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  if (differ(before.metrics, after.metrics) || differ(before.recording, after.recording)) return { name: 'state', data: after };
  const old = new Map(before.items.map((item) => [item.id, item]));
  const items = after.items.filter((item) => differ(old.get(item.id), item));
  for (const { id } of after.items) old.delete(id);
  const job = differ(before.job, after.job);
  if (items.length === 0 && old.size === 0 && !job) return { name: '', data: null };
  const changes: Changes = { items, removed: [...old.keys()], ...(job && { job: after.job }) };
  return { name: 'rows', data: changes };
}
