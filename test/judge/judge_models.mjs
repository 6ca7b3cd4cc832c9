// Language models: @google/genai and openai.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const VIDEO = Buffer.alloc(4096, 'v');
const AUDIO_BYTES_MIN = 1000;
const POLLS_MAX = 50;
const SCHEMA = {
  type: 'object', additionalProperties: false, required: ['items'],
  properties: { items: { type: 'array', items: {
    type: 'object', additionalProperties: false, required: ['message', 'confidence'],
    properties: { message: { type: 'string' }, confidence: { type: 'number' } },
  } } },
};

async function judgeGemini(emulator, calls) {
  const client = new GoogleGenAI({ apiKey: 'test-key', httpOptions: { baseUrl: emulator.url } });
  let file = await calls.serves('upload', () => client.files.upload({
    file: new Blob([VIDEO], { type: 'video/mp4' }),
    config: { mimeType: 'video/mp4', displayName: 'talk.mp4' } }));
  if (!file) return;
  await calls.serves('get until active', async () => {
    for (let polls = 0; file.state !== 'ACTIVE' && polls < POLLS_MAX; polls += 1) {
      await sleep(20);
      file = await client.files.get({ name: file.name });
    }
    assert.equal(file.state, 'ACTIVE');
  });
  await calls.serves('generate', async () => {
    const answer = await client.models.generateContent({
      model: 'gemini-3.8-flash',
      contents: [{ role: 'user', parts: [
        { fileData: { fileUri: file.uri, mimeType: 'video/mp4' }, videoMetadata: { fps: 2 } },
        { text: 'Judge this talk.' }] }],
      config: {
        systemInstruction: 'You are a coach.', responseMimeType: 'application/json',
        responseJsonSchema: SCHEMA, maxOutputTokens: 8192,
        thinkingConfig: { thinkingLevel: 'LOW' }, mediaResolution: 'MEDIA_RESOLUTION_LOW',
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      },
    });
    assert.ok(Array.isArray(JSON.parse(answer.text).items));
  });
  await calls.serves('speech', async () => {
    const answer = await client.models.generateContent({
      model: 'gemini-3.8-flash-tts',
      contents: [{ role: 'user', parts: [{ text: 'Wait... <short pause> go.' }] }],
      config: { responseModalities: ['AUDIO'],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } },
    });
    const { data } = answer.candidates[0].content.parts[0].inlineData;
    assert.equal(Buffer.from(data, 'base64').subarray(0, 4).toString(), 'RIFF');
  });
  await calls.serves('delete', () => client.files.delete({ name: file.name }));
  await calls.refuses('get of a deleted file', () => client.files.get({ name: file.name }),
    (e) => e.status === 403);
}

async function judgeOpenAi(emulator, calls) {
  const client = new OpenAI({ apiKey: 'test-key', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
  await calls.serves('chat', async () => {
    const answer = await client.chat.completions.create({
      model: 'gpt-4.1-mini', max_completion_tokens: 500,
      messages: [{ role: 'system', content: 'You are a coach.' },
        { role: 'user', content: 'Judge this talk.' }],
      response_format: { type: 'json_schema',
        json_schema: { name: 'feedback', strict: true, schema: SCHEMA } },
    });
    assert.ok(Array.isArray(JSON.parse(answer.choices[0].message.content).items));
  });
  await calls.serves('speech', async () => {
    const answer = await client.audio.speech.create({
      model: 'gpt-4o-mini-tts', input: 'Good morning.', voice: 'alloy', response_format: 'wav',
      instructions: 'Calm.' });
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.ok(bytes.length > AUDIO_BYTES_MIN);
    assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
  });
  await calls.serves('models', async () => {
    const page = await client.models.list();
    assert.ok(page.data.length > 0);
  });
  await calls.refuses('a model that is not there', () => client.chat.completions.create({
    model: 'nobody', messages: [{ role: 'user', content: 'a' }] }), (e) => e.status === 404);
}

export const judges = {
  gemini: { settings: { polls: 2 }, judge: judgeGemini },
  openai: { settings: {}, judge: judgeOpenAi },
};
