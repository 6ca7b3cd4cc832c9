// The actions of the pages, each with the question that is asked first.
import { DebriefError, type FeedbackRow, type Stage } from '@pg-debrief/client';
import { confirm, confirmed, type Question } from './confirm.tsx';
import { capital, count, many, stageName, wordsOf } from './format.ts';
import { debrief, session } from './state.ts';

export const mayOperate = () => session.value?.can.operate === true && !session.value.is_standby;
export const mayOwn = () => mayOperate() || (session.value?.can.own === true && !session.value.is_standby);

const act = (name: string, args: Record<string, unknown>) => debrief.value.act<unknown>(name, args);
const words = async (result: Promise<unknown>, otherwise: string) => {
  const said = await result;
  return typeof said === 'string' && /\s/.test(said) ? said : otherwise;
};

export function pauseStage(stage: Stage): void {
  confirm({
    title: `Pause ${stageName(stage)}?`, button: `Pause ${stageName(stage)}`,
    body: <p>No new call begins for this stage. Calls in flight finish, and nothing is lost.</p>,
    run: () => words(act('pause', { stage }), `${stageName(stage)} is paused.`),
  });
}

export function pauseServer(server: string): void {
  confirm({
    title: `Pause ${server}?`, button: `Pause ${server}`,
    body: <p>No new call goes to this server, for whichever stage. Calls in flight finish, and nothing is lost.</p>,
    run: () => words(act('pause_server', { server }), `${server} is paused.`),
  });
}

export function testServer(server: string): void {
  confirm({
    title: `Test ${server}?`, button: `Test ${server}`,
    body: <p>A worker makes one free call, and reports whether address, TLS, key and settings work. It may take 30 seconds.</p>,
    run: async () => {
      const result = (await act('test_server', { server })) as { ok: boolean; message: string };
      if (!result.ok) throw new DebriefError(result.message, 200);
      return `${server} works: ${result.message}`;
    },
  });
}

export function rollout(stage: Stage, now: number): void {
  confirm({
    title: `Change the rollout of ${stageName(stage)}?`, button: 'Change the rollout',
    body: <p>So many of 100 users are served by this stage. The rows of the others wait, and nothing of them is lost.</p>,
    number: { label: 'Per cent of users', value: now, min: 0, max: 100 },
    run: (percent) => words(act('set_rollout', { stage, percent }), `${stageName(stage)} serves ${percent} % of users.`),
  });
}

export function retryFailed(failed: { stage: Stage; error_code: string; count: number }): void {
  const { stage, error_code } = failed;
  const { row, rows: more, isFree } = wordsOf(stage);
  const rows = many(failed.count, row, more);
  confirm({
    title: `Retry ${rows}?`, button: `Retry ${count(failed.count)}`,
    body: <p>All that failed with <code>{error_code}</code> in {stageName(stage)} are queued again, with their attempts reset.{!isFree && ' The providers bill for the calls.'}</p>,
    run: async () => {
      const result = (await act('retry_failed', { stage, error_code })) as { retried: number }[] | { retried: number };
      const retried = [result].flat().reduce((sum, row) => sum + Number(row.retried), 0);
      return `${capital(many(retried, 'row'))} queued again.`;
    },
  });
}

export interface Hinted {
  label: string;
  ask: () => void;
}

/** The button that does what a hint says, where the console may do that. */
export function ofHint(hint: string | null, state: string): Hinted | null {
  const found = /SELECT debrief\.(resume|resume_server|activate_copy)\((?:'((?:[^']|'')*)')?\)/.exec(hint ?? '');
  if (!found || !mayOperate()) return null;
  const name = found[2]?.replaceAll("''", "'") ?? '';
  const button = (label: string, body: string, run: Question['run']): Hinted =>
    ({ label, ask: () => confirm({ title: `${label}?`, button: label, body: <p>{body}</p>, run }) });
  switch (found[1]) {
    case 'resume':
      return button(`Resume ${stageName(name)}`, 'What is due is claimed at once.',
        () => words(act('resume', { stage: name }), `${stageName(name)} is resumed.`));
    case 'activate_copy':
      return button('Activate this copy', 'It calls its providers from then on, which bill for it, whatever the database that it is a copy of does.',
        () => words(act('activate_copy', {}), 'This copy is active.'));
    default: {
      const parked = state === 'parked' || state === 'probing';
      return button(parked ? `Try ${name} now` : `Resume ${name}`,
        parked ? 'One call is made at once. When it works, the rest follows; when it does not, the server is parked again.' : 'What is due is claimed at once.',
        () => words(act('resume_server', { server: name }), `${name} is ${parked ? 'tried' : 'resumed'}.`));
    }
  }
}

export const retryItem = (item: FeedbackRow, stage?: Stage) => confirmed({
  title: 'Try this one again?', button: 'Try again',
  body: <p dir="auto">{item.message}</p>,
  run: async () => {
    await debrief.value.retry(item.id, stage);
    return 'It is queued again.';
  },
});

export const dismissItem = (item: FeedbackRow) => confirmed({
  title: 'Dismiss this failure?', button: 'Dismiss',
  body: <><p dir="auto">{item.message}</p><p class="muted">Its owner no longer sees it, until it is edited or tried again.</p></>,
  run: async () => {
    await debrief.value.dismiss(item.id);
    return 'It is dismissed.';
  },
});

export const cancelItem = (item: FeedbackRow) => confirmed({
  title: 'Cancel this one?', button: 'Cancel it', danger: true,
  body: <><p dir="auto">{item.message}</p><p class="muted">What is queued or in flight of it stops. It can be tried again later.</p></>,
  run: async () => {
    await debrief.value.cancel(item.id);
    return 'It is cancelled.';
  },
});

export function retryAnalysis(id: number, completed: boolean): void {
  confirm({
    title: completed ? 'Run this analysis again?' : 'Retry this analysis?', button: completed ? 'Run it again' : 'Retry',
    danger: completed,
    body: <p>{completed ? 'Its feedback, sounds and ratings are replaced. The provider bills for it again.' : 'It is queued again, with its attempts reset.'}</p>,
    run: () => words(act('retry_analysis', { analysis_job_id: id }), 'The analysis is queued again.'),
  });
}

export function cancelAnalysis(id: number, waiting: number): void {
  confirm({
    title: 'Cancel this analysis?', button: waiting > 0 ? `Cancel with ${many(waiting, 'item')}` : 'Cancel it', danger: true,
    body: <p>The analysis stops, and all that is queued or in flight of its feedback. What is spoken stays.</p>,
    run: async () => {
      await act('cancel_analysis', { analysis_job_id: id });
      return 'It is cancelled.';
    },
  });
}
