// What a body of ours says, apart from its wire shape: read from one shape, to be said in another.
import { readFileSync } from 'node:fs';

// The ways that are tried: service, dialect, and the model as that service writes it.
export const ways = [
  { name: 'openai', service: 'openai', dialect: 'openai-chat', model: 'gpt-4.1' },
  { name: 'openai-responses', service: 'openai', dialect: 'openai-responses', model: 'gpt-4.1' },
  { name: 'groq', service: 'groq', dialect: 'openai-chat', model: 'llama-4-scout' },
  { name: 'ollama', service: 'ollama', dialect: 'ollama', model: 'llama4:scout' },
  { name: 'anthropic', service: 'anthropic', dialect: 'anthropic', model: 'claude-3-7-sonnet' },
  { name: 'bedrock', service: 'bedrock', dialect: 'bedrock', model: 'us.meta.llama4-scout-17b-instruct-v1:0' },
  { name: 'llama-api', service: 'llama-api', dialect: 'llama-api', model: 'llama-4-scout' },
];
// Each whole, streamed, and held to a schema: one that can be kept to strictly, and one that leaves a member out.
export const forms = ['whole', 'streamed', 'strict', 'loose'];
const properties = { summary: { type: 'string' }, count: { type: 'integer' } };
export const schemas = {
  strict: { type: 'object', properties, required: ['summary', 'count'], additionalProperties: false },
  loose: { type: 'object', properties, required: ['summary'] },
};
export const settings = { limit: 64, temperature: 0.25, seed: 7 };

export const read = (folder, name) => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));

function picture(url, detail) {
  const [, type, base64] = /^data:(image\/[a-z]+);base64,([A-Za-z0-9+/]+=*)$/.exec(url);
  return { type, base64, bytes: new Uint8Array(Buffer.from(base64, 'base64')), detail };
}

// From Responses, which every service can be written for.
export function contentOfResponses(body) {
  return {
    system: body.instructions,
    parts: body.input[0].content.map((part) =>
      part.type === 'input_text' ? { text: part.text } : picture(part.image_url, part.detail)),
  };
}

// From Chat Completions, for Responses itself.
export function contentOfChat(body) {
  return {
    system: body.messages[0].content,
    parts: body.messages[1].content.map((part) =>
      part.type === 'text' ? { text: part.text } : picture(part.image_url.url, part.image_url.detail)),
  };
}
