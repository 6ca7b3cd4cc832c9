// The reverse judge: official SDKs must be served by the emulators without an error, so that an
// emulator is not merely shaped to our own client.
//
// node judge.mjs [--record] [SERVICE...]     --record writes the requests to golden/.
import { Emulators } from './emulators.mjs';
import { record } from './golden.mjs';
import * as languageModels from './judge_models.mjs';
import * as speech from './judge_speech.mjs';
import * as stores from './judge_stores.mjs';

const JUDGES = { ...languageModels.judges, ...speech.judges, ...stores.judges };
const CALL_MS_MAX = 60_000;

// Runs and counts one SDK's calls; a call that fails is told and the others go on.
class Calls {
  constructor(service) {
    this.service = service;
    this.served = 0;
    this.failed = 0;
  }

  // Returns what the call gave, or undefined when it failed.
  async serves(name, call) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), CALL_MS_MAX);
    });
    try {
      const result = await Promise.race([call(), late]);
      this.served += 1;
      return result;
    } catch (error) {
      this.failed += 1;
      console.error(`judge: ${this.service}: ${name}: ${error?.stack ?? error}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  // The call must fail, and `isRight` must know the error.
  async refuses(name, call, isRight) {
    return this.serves(name, async () => {
      try {
        await call();
      } catch (error) {
        if (isRight(error)) return;
        throw error;
      }
      throw new Error('was served and should not be');
    });
  }
}

async function main(words) {
  const asked = words.filter((word) => !word.startsWith('--'));
  const services = asked.length ? asked : Object.keys(JUDGES);
  const emulators = new Emulators();
  const calls = [];
  try {
    for (const service of services) {
      const { settings, judge } = JUDGES[service];
      const emulator = await emulators.start(service, settings);
      const counted = new Calls(service);
      calls.push(counted);
      await judge(emulator, counted);
      if (words.includes('--record')) record(service, emulator.log());
    }
  } finally {
    await emulators.stop();
  }
  const served = calls.reduce((sum, one) => sum + one.served, 0);
  const failed = calls.reduce((sum, one) => sum + one.failed, 0);
  console.log(`judge: ${served} calls of ${calls.length} SDKs served`);
  if (failed) console.log(`judge: ${failed} calls failed`);
  return failed ? 1 : 0;
}

process.exit(await main(process.argv.slice(2)));
