// Compiled contracts: shared by processes, and nothing of them is left behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const index = new URL('../index.mjs', import.meta.url).href;
const game = fileURLToPath(new URL('../../../contracts/wasm/game.wasm', import.meta.url));
const linux = { skip: process.platform !== 'linux' && 'the cache directory is that of Linux' };

/** Runs a script that can `play` in a process of its own, with this cache directory, and gives what it printed. */
const script = async (caches, body) => {
  const start = `
    import { readdirSync, readFileSync } from 'node:fs';
    import { Sandbox } from ${JSON.stringify(index)};
    const accounts = { 'game.near': { contract: readFileSync(${JSON.stringify(game)}) } };
    const play = async () => {
      const sandbox = new Sandbox({ accounts });
      await sandbox.account('game.near').call('game.near', 'new', {});
      sandbox.dispose();
    };
  `;
  const words = ['--input-type=module', '--eval', start + body];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { ...process.env, XDG_CACHE_HOME: caches } });
  return stdout.trim();
};

const withCaches = (body) => async () => {
  const caches = mkdtempSync(join(tmpdir(), 'keyway-caches-'));
  try {
    await body(caches, join(caches, 'keyway', 'contracts'));
  } finally {
    rmSync(caches, { recursive: true, force: true });
  }
};

test('a contract is compiled once for all processes', linux, withCaches(async (caches, contracts) => {
  const entries = () => readdirSync(contracts, { withFileTypes: true });
  const compiled = () => entries().filter((entry) => entry.isFile() && entry.name !== 'compiled.key');
  await Promise.all(Array.from({ length: 4 }, () => script(caches, 'await play();')));
  const [file, ...others] = compiled();
  assert.deepEqual(others, []);
  const { ino } = statSync(join(contracts, file.name));
  await script(caches, 'await play();');
  assert.deepEqual(compiled().map(({ name }) => name), [file.name]);
  assert.equal(statSync(join(contracts, file.name)).ino, ino, 'it was written again');
  // The last process removed the directories of those before it.
  assert.equal(entries().filter((entry) => entry.isDirectory()).length, 1);
}));

test('calls leave no files open', linux, withCaches(async (caches) => {
  const opened = await script(caches, `
    const open = () => readdirSync('/proc/self/fd').length;
    await play();
    const before = open();
    for (let played = 0; played < 30; played += 1) await play();
    console.log(open() - before);
  `);
  // Some are opened once, whenever that is.
  assert.ok(Number(opened) < 10, `30 sandboxes left ${opened} files open`);
}));
