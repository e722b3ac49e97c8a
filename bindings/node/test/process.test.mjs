// What sandboxes do to the process: memory, threads, exits, worker threads.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import { Sandbox } from 'keyway';

const accounts = { 'alice.near': { balance: '10 NEAR' } };
const index = new URL('../index.mjs', import.meta.url).href;

/** Runs a script in a process of its own, and gives what it printed. */
const script = async (body) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', `import { Sandbox } from ${JSON.stringify(index)};\n${body}`],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  return stdout.trim();
};

// A run of 10,000 is `KEYWAY_SANDBOXES=10000`.
const SANDBOXES = Number(process.env.KEYWAY_SANDBOXES ?? 300);

test('sandboxes that are disposed of leave no memory behind', async () => {
  const grown = await script(`
    const make = async (count) => {
      for (let made = 0; made < count; made += 1) {
        const sandbox = new Sandbox({ accounts: ${JSON.stringify(accounts)} });
        await sandbox.account('alice.near').transfer('near', 1n);
        sandbox.dispose();
      }
      gc();
      return process.memoryUsage.rss();
    };
    const before = await make(${SANDBOXES});
    console.log((await make(${SANDBOXES})) - before);
  `);
  assert.ok(Number(grown) < 32 * 1024 * 1024, `${SANDBOXES} sandboxes left ${grown} bytes`);
});

test('sandboxes that are forgotten are freed by the garbage collector', async () => {
  const grown = await script(`
    const make = async (count) => {
      for (let made = 0; made < count; made += 1) {
        new Sandbox({ accounts: ${JSON.stringify(accounts)} }).account('alice.near').transferSync('near', 1n);
        if (made % 50 === 0) await new Promise(setImmediate);
      }
      gc();
      await new Promise(setImmediate);
      return process.memoryUsage.rss();
    };
    const before = await make(${SANDBOXES});
    console.log((await make(${SANDBOXES})) - before);
  `);
  assert.ok(Number(grown) < 64 * 1024 * 1024, `${SANDBOXES} sandboxes left ${grown} bytes`);
});

test('threads do not grow with sandboxes', { skip: process.platform !== 'linux' && 'counts threads in /proc' }, async () => {
  const count = () => readdirSync('/proc/self/task').length;
  const use = async () => {
    const sandbox = new Sandbox({ accounts });
    await sandbox.account('alice.near').transfer('near', 1n);
    await sandbox.rpc('status', []);
    await (await sandbox.listen()).close();
    sandbox.dispose();
  };
  await use();
  const before = count();
  for (let used = 0; used < 20; used += 1) await use();
  assert.ok(count() <= before + 1, `${before} threads became ${count()}`);
});

test('a process ends by itself, whatever it leaves open', async () => {
  assert.equal(await script(`
    const sandbox = new Sandbox();
    await sandbox.listen();
    sandbox.snapshot();
    void sandbox.rpc('block', { finality: 'final' });
    console.log('end');
  `), 'end');
  assert.equal(await script(`
    const sandbox = new Sandbox();
    void sandbox.sealBlocks(1000);
    void sandbox.rpc('status', []);
    console.log('exit');
    process.exit(0);
  `), 'exit');
});

test('the event loop goes on while a sandbox works', async () => {
  const sandbox = new Sandbox();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await sandbox.sealBlocks(2000);
  clearInterval(timer);
  assert.ok(turns > 1, `${turns} turns`);
  sandbox.dispose();
});

test('worker threads have sandboxes of their own, and may be ended', async () => {
  const work = (body) =>
    new Worker(
      `import(${JSON.stringify(index)}).then(async ({ Sandbox }) => {
        const { parentPort } = await import('node:worker_threads');
        const sandbox = new Sandbox({ accounts: ${JSON.stringify(accounts)} });
        ${body}
      });`,
      { eval: true },
    );
  const answer = (worker) =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  const workers = [1, 2, 3].map(() => work(`
    await sandbox.account('alice.near').transfer('near', '1 NEAR');
    parentPort.postMessage(String(await sandbox.balance('alice.near')));
  `));
  for (const balance of await Promise.all(workers.map(answer))) assert.ok(BigInt(balance) < 9n * 10n ** 24n);
  const busy = work(`
    parentPort.postMessage('begins');
    for (;;) await Promise.all([sandbox.sealBlocks(500), sandbox.rpc('status', [])]);
  `);
  await answer(busy);
  await busy.terminate();
});

test('what was disposed of says so', async () => {
  const sandbox = new Sandbox({ accounts });
  const alice = sandbox.account('alice.near');
  const snapshot = sandbox.snapshot();
  sandbox.dispose();
  sandbox.dispose();
  for (const use of [() => sandbox.height, () => alice.transferSync('near', 1n), () => sandbox.revert(snapshot)]) {
    assert.throws(use, { kind: 'Sandbox.Disposed' });
  }
  await assert.rejects(sandbox.balance('alice.near'), { kind: 'Sandbox.Disposed' });
  await assert.rejects(sandbox.rpc('status'), { kind: 'Sandbox.Disposed' });
});
