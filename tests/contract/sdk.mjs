// Each vendor's package says the same content to a recorder on this machine: its body must be ours, member by member,
// and go to the same path with the key in the same header. Prints "ok" and "not ok" lines.
//   node sdk.mjs FOLDER
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import Groq from 'groq-sdk';
import LlamaAPIClient from 'llama-api-client';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { contentOfChat, contentOfResponses, forms, read, schemas, settings, ways } from './content.mjs';

const folder = process.argv[2];
const key = 'sk-contract-4711';
let recorded = null;
const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    recorded = { path: request.url, headers: request.headers, body: Buffer.concat(pieces).toString('utf8') };
    response.writeHead(400, { 'content-type': 'application/json', connection: 'close' });
    response.end('{"error":{"message":"recorded"},"message":"recorded"}');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;
const options = { apiKey: key, maxRetries: 0 };

const dataUrl = ({ type, base64 }) => `data:${type};base64,${base64}`;
const chatPart = (part) => part.text !== undefined
  ? { type: 'text', text: part.text }
  : { type: 'image_url', image_url: { url: dataUrl(part), ...(part.detail && { detail: part.detail }) } };
const chatMessages = ({ system, parts }) => [
  { role: 'system', content: system }, { role: 'user', content: parts.map(chatPart) }];
const { limit, temperature, seed } = settings;

// The schema as Chat Completions and its kin have it; Meta's knows no "strict".
const held = (form, isStrict = form === 'strict') => schemas[form] && { response_format: { type: 'json_schema',
  json_schema: { name: form, schema: schemas[form], ...(isStrict && { strict: true }) } } };

// How the person who uses that package would say it: content, model, whether it is streamed, and in which form.
const asks = {
  openai: (content, model, stream, ours, form) => new OpenAI({ ...options, baseURL: `${url}/v1` }).chat.completions.create({
    model, messages: chatMessages(content), max_completion_tokens: limit, temperature, seed, store: false, ...held(form),
    ...(stream && { stream, stream_options: { include_usage: true, include_obfuscation: false } }) }),
  'openai-responses': (content, model, stream, ours, form) => new OpenAI({ ...options, baseURL: `${url}/v1` }).responses.create({
    ...(schemas[form] && { text: { format: { type: 'json_schema', name: form, schema: schemas[form],
      ...(form === 'strict' && { strict: true }) } } }), model, instructions: content.system, max_output_tokens: limit, temperature, store: false,
    input: [{ role: 'user', content: content.parts.map((part) => part.text !== undefined
      ? { type: 'input_text', text: part.text }
      : { type: 'input_image', image_url: dataUrl(part), ...(part.detail && { detail: part.detail }) }) }],
    ...(stream && { stream, stream_options: { include_obfuscation: false } }) }),
  groq: (content, model, stream, ours, form) => new Groq({ ...options, baseURL: url }).chat.completions.create({
    model, messages: chatMessages(content), max_completion_tokens: limit, temperature, seed, ...held(form),
    ...(stream && { stream }) }),
  ollama: (content, model, stream, ours, form) => new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } }).chat({
    model, stream, truncate: false, ...(schemas[form] && { format: schemas[form] }),
    options: { num_ctx: ours.options.num_ctx, num_predict: limit, temperature, seed },
    messages: [{ role: 'system', content: content.system }, { role: 'user',
      content: content.parts.reduce((text, part, i, all) => text +
        (i === 0 ? '' : part.text !== undefined && all[i - 1].text !== undefined ? '\n' : ' ') + (part.text ?? '[img]'), ''),
      images: content.parts.filter((part) => part.bytes).map((part) => part.bytes) }] }),
  anthropic: (content, model, stream) => new Anthropic({ ...options, baseURL: url }).messages.create({
    model, system: content.system, max_tokens: limit, temperature, ...(stream && { stream }),
    messages: [{ role: 'user', content: content.parts.map((part) => part.text !== undefined
      ? { type: 'text', text: part.text }
      : { type: 'image', source: { type: 'base64', media_type: part.type, data: part.base64 } }) }] }),
  bedrock: (content, model, stream) => new BedrockRuntimeClient({
    endpoint: url, region: 'us-west-2', token: { token: key }, authSchemePreference: ['httpBearerAuth'], maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  }).send(new (stream ? ConverseStreamCommand : ConverseCommand)({
    modelId: model, system: [{ text: content.system }], inferenceConfig: { maxTokens: limit, temperature },
    messages: [{ role: 'user', content: content.parts.map((part) => part.text !== undefined
      ? { text: part.text }
      : { image: { format: part.type.slice('image/'.length), source: { bytes: part.bytes } } }) }] })),
  'llama-api': (content, model, stream, ours, form) => new LlamaAPIClient({ ...options, baseURL: `${url}/v1` }).chat.completions.create({
    model, messages: chatMessages(content), max_completion_tokens: limit, temperature, ...held(form, false),
    ...(stream && { stream }) }),
};
// As tests/unit/test_dialects.c and client/services.json have it.
const paths = {
  openai: '/v1/chat/completions', 'openai-responses': '/v1/responses', groq: '/openai/v1/chat/completions',
  ollama: '/api/chat', anthropic: '/v1/messages', 'llama-api': '/v1/chat/completions',
  bedrock: '/model/us.meta.llama4-scout-17b-instruct-v1%3A0/converse',
};

let failed = false;
for (const { name, model } of ways) {
  for (const form of forms) {
    const ours = read(folder, `${name}-${form}`);
    const content = name === 'openai-responses' ? contentOfChat(read(folder, `${name}-${form}-as-chat`))
                                                : contentOfResponses(read(folder, `${name}-${form}-as-responses`));
    recorded = null;
    try {
      await asks[name](content, model, form === 'streamed', ours, form).then(() => assert.fail('it was answered'), (error) => {
        if (!recorded) throw error;
      });
      const body = JSON.parse(recorded.body);
      // A whole answer is what these packages ask for where nothing is said, and ours where nothing is sent.
      if (form !== 'streamed' && name !== 'ollama' && body.stream === false) delete body.stream;
      assert.deepEqual(body, ours);
      assert.ok(content.parts.filter((part) => part.bytes).length >= 2, 'there are pictures');
      assert.equal(recorded.path, paths[name] + (name === 'bedrock' && form === 'streamed' ? '-stream' : ''));
      assert.equal(recorded.headers['content-type'], 'application/json');
      if (name === 'anthropic') assert.equal(recorded.headers['x-api-key'], key);
      else assert.equal(recorded.headers.authorization, `Bearer ${key}`);
      console.log(`ok the package's body for ${name}, ${form}, is ours`);
    } catch (error) {
      failed = true;
      console.log(`not ok the package's body for ${name}, ${form}, is ours`);
      console.log(String(error.message).slice(0, 3000).replace(/[A-Za-z0-9+/]{80,}/g, '...').replace(/^/gm, '    '));
    }
  }
}
server.close();
process.exit(failed ? 1 : 0);
