import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peaksOf, waveform } from '../src/waveform.ts';
import { spoken } from './world.ts';

test('a waveform has the loudest of each part, over all segments, as a share of the loudest of all', () => {
  const segments = [Float32Array.of(0.125, -0.5, 0.25), Float32Array.of(0, 0.0625, 0)];
  assert.deepEqual(peaksOf(segments, 6), [0.25, 1, 0.5, 0, 0.125, 0]);
  assert.deepEqual(peaksOf(segments, 2), [1, 0.125]);
  assert.deepEqual(peaksOf([Float32Array.of(0.5)], 3), [1, 0, 0], 'shorter than it has parts');
  assert.deepEqual(peaksOf([new Float32Array(9)], 3), [0, 0, 0], 'silence');
  assert.deepEqual(peaksOf([], 2), [0, 0], 'nothing');
});

test('there is none where nothing decodes, nor of a sound that is too long', async () => {
  let asked = 0;
  const debrief = { soundUrl: () => (asked++, 'data:audio/wav,none') };
  assert.equal(await waveform(debrief, spoken(3)), null);
  assert.equal(asked, 1);
  assert.equal(await waveform(debrief, { ...spoken(3), audio_duration_ms: 3_600_000 }), null);
  assert.equal(asked, 1, 'and it is not even asked for');
});
