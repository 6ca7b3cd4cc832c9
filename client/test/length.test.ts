import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, lengthOf } from '../src/components/index.ts';
import { german } from '../src/german.ts';

test('a length is a clock\'s from a second on, and tenths of a second below, never none', () => {
  const told = { 0.001: '0.1 s', 0.06: '0.1 s', 0.4: '0.4 s', 0.96: '0.9 s', 1: '0:01', 61.5: '1:01', 3700: '1:01:40', 0: '0:00' };
  for (const [seconds, text] of Object.entries(told)) assert.equal(lengthOf(Number(seconds)), text);
  assert.equal(lengthOf(0.4, german), '0,4 s');
  assert.equal(clock(0.4), '0:00', 'a position is another matter');
});
