// Write FOLDER/check.ts: every body there, given to the type that the vendor's package has for it.
// Long base64 is cut: its length is no matter of types.
import { writeFileSync } from 'node:fs';
import { forms, read, ways } from './content.mjs';

const folder = process.argv[2];
const types = {
  openai: { from: 'openai/resources/chat/completions',
            whole: 'ChatCompletionCreateParamsNonStreaming', streamed: 'ChatCompletionCreateParamsStreaming' },
  'openai-responses': { from: 'openai/resources/responses/responses',
                        whole: 'ResponseCreateParamsNonStreaming', streamed: 'ResponseCreateParamsStreaming' },
  groq: { from: 'groq-sdk/resources/chat/completions',
          whole: 'ChatCompletionCreateParamsNonStreaming', streamed: 'ChatCompletionCreateParamsStreaming' },
  // The server's own type has truncate, the package's has not.
  ollama: { from: 'ollama', whole: 'ChatRequest', streamed: 'ChatRequest', and: '{ truncate: boolean }' },
  // The last package that speaks the version of the API which we name.
  anthropic: { from: '@anthropic-ai/sdk/resources/messages',
               whole: 'MessageCreateParamsNonStreaming', streamed: 'MessageCreateParamsStreaming' },
  // The model is in the path; the package takes pictures as bytes and writes base64 itself.
  bedrock: { from: '@aws-sdk/client-bedrock-runtime', whole: 'ConverseCommandInput',
             streamed: 'ConverseStreamCommandInput', without: 'modelId' },
  'llama-api': { from: 'llama-api-client/resources/chat/completions',
                 whole: 'CompletionCreateParamsNonStreaming', streamed: 'CompletionCreateParamsStreaming' },
};

function literal(body) {
  return JSON.stringify(body, null, 1)
    .replace(/([A-Za-z0-9+/]{64})[A-Za-z0-9+/]+=*"/g, '$1"')
    .replace(/"bytes": "([^"]*)"/g, '"bytes": new Uint8Array(Buffer.from("$1", "base64"))');
}

let text = '';
for (const { name } of ways) {
  for (const form of forms) {
    const { from, without, and, [form]: type = types[name].whole } = types[name];
    const alias = `${name}_${form}`.replace(/-/g, '_');
    let full = without ? `Omit<${alias}_type, '${without}'>` : `${alias}_type`;
    if (and) full += ` & ${and}`;
    text += `import type { ${type} as ${alias}_type } from '${from}';\n`;
    text += `export const ${alias}: ${full} = ${literal(read(folder, `${name}-${form}`))};\n`;
  }
}
// That the types do say no: a picture of Chat Completions is no string, a schema has a name, and there is no such member.
text += `export const wrong: openai_whole_type = { model: 'm', messages: [{ role: 'user', content: [
 // @ts-expect-error
 { type: 'image_url', image_url: 'data:' }] }] };
export const nameless: openai_whole_type = { model: 'm', messages: [],
 // @ts-expect-error
 response_format: { type: 'json_schema', json_schema: { schema: {} } } };
export const unknown: anthropic_whole_type = { model: 'm', max_tokens: 1, messages: [],
 // @ts-expect-error
 seed: 7 };
`;
writeFileSync(`${folder}/check.ts`, text);
