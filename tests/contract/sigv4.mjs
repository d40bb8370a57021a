// A request that the program signed, recorded on this machine, against the signature that Amazon's own package makes of
// the same request, keys and time. Prints "ok" and "not ok" lines.
//   node sigv4.mjs COMMAND...    "URL" in an argument stands for the recorder's address
import { spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';

const id = 'AKIDEXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const answer = '{"output":{"message":{"role":"assistant","content":[{"text":"Fine."}]}},"stopReason":"end_turn"}';

// Hashes as that package wants them.
class Sha256 {
  constructor(key) { this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', key); }
  update(data) { this.hash.update(data); }
  async digest() { return new Uint8Array(this.hash.digest()); }
  reset() {}
}

function record() {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
        response.end(answer);
        server.seen = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(pieces) };
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function ask(token) {
  const server = await record();
  const command = process.argv.slice(2).map((word) => word.replace('URL', `http://127.0.0.1:${server.address().port}`));
  const env = { ...process.env, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'eu-central-1' };
  if (token) env.AWS_SESSION_TOKEN = token;
  const said = await new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (data) => { text += data; });
    child.stderr.on('data', (data) => { text += data; });
    child.on('close', () => resolve(text));
  });
  server.close();
  if (said.includes(secret) || (token && said.includes(token))) throw new Error('a secret was shown');
  if (!server.seen) throw new Error(`nothing was sent: ${said}`);
  return server.seen;
}

async function sign(seen, token) {
  const date = seen.headers['x-amz-date'];
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  const [host, port] = seen.headers.host.split(':');
  const signer = new SignatureV4({ service: 'bedrock', region: 'eu-central-1', sha256: Sha256, applyChecksum: false,
                                   credentials: { accessKeyId: id, secretAccessKey: secret, sessionToken: token } });

  return signer.sign({ method: seen.method, protocol: 'http:', hostname: host, port: Number(port), path: seen.path,
                       query: {}, headers: { host: seen.headers.host }, body: seen.body },
                     { signingDate: new Date(Date.UTC(year, month - 1, day, hour, minute, second)) });
}

let failed = false;
for (const token of [undefined, 'FwoGZXIvYXdzEXAMPLE//token==']) {
  const name = token ? 'temporary keys' : 'keys';
  try {
    const seen = await ask(token);
    const theirs = await sign(seen, token);
    if (seen.headers.authorization !== theirs.headers.authorization)
      throw new Error(`${seen.headers.authorization}\nand theirs\n${theirs.headers.authorization}`);
    if (seen.headers['x-amz-security-token'] !== token) throw new Error('the token was not sent');
    console.log(`ok the package's signature with ${name} is ours`);
  } catch (error) {
    failed = true;
    console.log(`not ok the package's signature with ${name} is ours`);
    console.log(String(error.message).slice(0, 2000).replace(/^/gm, '    '));
  }
}
process.exit(failed ? 1 : 0);
