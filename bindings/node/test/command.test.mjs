// `npx keyway`: the binary with the package's wrapper around it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { binaryPath } from 'keyway';

const wrapper = fileURLToPath(new URL('../bin/keyway.cjs', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const unix = { skip: process.platform === 'win32' && 'signals' };

test('the command is the binary of the same version', async () => {
  for (const words of [[binaryPath()], [process.execPath, wrapper]]) {
    const { stdout } = await promisify(execFile)(words[0], [...words.slice(1), '--version']);
    assert.equal(stdout.split(/\s/)[1], version);
  }
});

test('an exit code is that of the binary', async () => {
  const [code] = await once(spawn(process.execPath, [wrapper, 'no-such-command'], { stdio: 'ignore' }), 'exit');
  assert.equal(code, 2);
});

test('SIGTERM stops the node, and both processes end', unix, async () => {
  const port = await freePort();
  const command = spawn(process.execPath, [wrapper, 'run', '--rpc-addr', `127.0.0.1:${port}`], { stdio: 'ignore' });
  const ended = once(command, 'exit');
  assert.equal((await ready(port)).status, 200);
  command.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/status`));
});

const linux = { skip: process.platform !== 'linux' && 'finds the binary in /proc' };

test('a binary that a signal ended ends the command by the same', linux, async () => {
  const port = await freePort();
  const command = spawn(process.execPath, [wrapper, 'run', '--rpc-addr', `127.0.0.1:${port}`], { stdio: 'ignore' });
  const ended = once(command, 'exit');
  await ready(port);
  const children = readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8');
  process.kill(Number(children), 'SIGKILL');
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

const ready = async (port) => {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
};
