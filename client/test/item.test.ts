import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponents } from '../src/components/index.ts';
import type { FeedbackRow } from '../src/types.ts';
import { item } from './world.ts';

interface Element {
  type: string;
  props: { className?: string; onClick?: () => Promise<void> };
  children: unknown[];
}
const { FeedbackErrorHandler } = createComponents({
  createElement: (type: string, props: Element['props'] | null, ...children: unknown[]): Element => ({ type, props: props ?? {}, children }),
  useState: (first) => [first, () => {}],
  useEffect: () => {},
});
const within = (node: unknown): Element[] =>
  node && typeof node === 'object' ? [node as Element, ...(node as Element).children.flatMap(within)] : [];
const act = async () => {};

function offered(status: FeedbackRow['status'], onRetry?: (row: FeedbackRow) => Promise<unknown>): Element[] {
  return within(FeedbackErrorHandler({ item: item(1, { status }), onRetry, onDismiss: act })).filter(({ type }) => type === 'button');
}

test('an item can be retried that failed, or that no worker sees; only a failure can be dismissed', () => {
  const names = (status: FeedbackRow['status']) => offered(status, act).map(({ props }) => props.className);
  assert.deepEqual(names('failed'), ['debrief-retry', 'debrief-dismiss']);
  assert.deepEqual(names('unqueued'), ['debrief-retry']);
  for (const status of ['blank', 'queued', 'retrying', 'processing', 'completed'] as const) assert.deepEqual(names(status), [], status);
});

test('the retry of an item that no worker sees is asked for it', async () => {
  const retried: number[] = [];
  const [retry] = offered('unqueued', async ({ id }) => retried.push(id));
  await retry?.props.onClick?.();
  assert.deepEqual(retried, [1]);
});

test('who may not retry sees no button', () => {
  assert.equal(FeedbackErrorHandler({ item: item(1, { status: 'unqueued' }), onDismiss: act }), null);
});
