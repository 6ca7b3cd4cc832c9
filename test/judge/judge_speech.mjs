// Voices: @elevenlabs/elevenlabs-js, @aws-sdk/client-polly, @google-cloud/text-to-speech.
import assert from 'node:assert/strict';

import * as polly from '@aws-sdk/client-polly';
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import tts from '@google-cloud/text-to-speech';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const SSML = '<speak>Good <break time="300ms"/> morning.</speak>';
const AUDIO_BYTES_MIN = 1000;

async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function judgeElevenLabs(emulator, calls) {
  const client = new ElevenLabsClient({
    apiKey: 'test-key', baseUrl: emulator.url, environment: emulator.url });
  await calls.serves('convert', async () => {
    const stream = await client.textToSpeech.convert('21m00Tcm4TlvDq8ikWAM', {
      text: 'Good <break time="0.3s"/> morning.', modelId: 'eleven_flash_v2_5',
      outputFormat: 'pcm_24000', languageCode: 'en', seed: 7, previousText: 'Hello.',
      nextText: 'Bye.', voiceSettings: { stability: 0.5, similarityBoost: 0.75, speed: 1 },
    });
    assert.ok((await bytesOf(stream)).length > AUDIO_BYTES_MIN);
  });
  await calls.serves('models', async () => {
    const models = await client.models.list();
    assert.ok(models.some((model) => model.modelId === 'eleven_v3'));
  });
  await calls.refuses('convert with a strange voice', () => client.textToSpeech.convert(
    'nobody', { text: 'a' }, { maxRetries: 0 }),
  (e) => e.statusCode === 404 && e.body.detail.status === 'voice_not_found');
}

async function judgePolly(emulator, calls) {
  const client = new polly.PollyClient({
    endpoint: emulator.url, region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'test-secret' },
    requestHandler: new NodeHttpHandler(),
  });
  const order = { OutputFormat: 'pcm', SampleRate: '16000', Text: SSML, TextType: 'ssml',
    VoiceId: 'Joanna', Engine: 'neural', LanguageCode: 'en-US' };
  await calls.serves('synthesize', async () => {
    const answer = await client.send(new polly.SynthesizeSpeechCommand(order));
    assert.equal(answer.ContentType, 'audio/pcm');
    assert.ok(answer.RequestCharacters > 0);
    assert.ok((await bytesOf(answer.AudioStream)).length > AUDIO_BYTES_MIN);
  });
  await calls.serves('voices', async () => {
    const answer = await client.send(new polly.DescribeVoicesCommand({ Engine: 'neural' }));
    assert.ok(answer.Voices.length > 0);
  });
  await calls.refuses('a tag that the engine does not know', () => client.send(
    new polly.SynthesizeSpeechCommand({ ...order, Text: '<speak><emphasis>a</emphasis></speak>' })),
  (e) => e.name === 'InvalidSsmlException');
}

async function judgeGoogle(emulator, calls) {
  const client = new tts.TextToSpeechClient({
    fallback: true, apiEndpoint: '127.0.0.1', port: emulator.port, protocol: 'http',
    apiKey: 'test-key' });
  await calls.serves('synthesize', async () => {
    const [answer] = await client.synthesizeSpeech({
      input: { ssml: SSML },
      voice: { languageCode: 'en-US', name: 'en-US-Neural2-C' },
      audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: 24000 },
    });
    assert.equal(Buffer.from(answer.audioContent).subarray(0, 4).toString(), 'RIFF');
  });
  await calls.serves('voices', async () => {
    const [answer] = await client.listVoices({ languageCode: 'en-US' });
    assert.ok(answer.voices.length > 0);
  });
  await client.close();
}

export const judges = {
  elevenlabs: { settings: {}, judge: judgeElevenLabs },
  polly: { settings: {}, judge: judgePolly },
  google_tts: { settings: {}, judge: judgeGoogle },
};
