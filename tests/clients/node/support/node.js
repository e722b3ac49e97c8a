// Starts the built binary on a fresh home, as a harness does: init, edit genesis, run, wait.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** One NEAR in yoctoNEAR. */
export const NEAR = 10n ** 24n;

/** The account that every test's node has, with a fixed ed25519 key. */
export const root = {
  id: 'root',
  publicKey: 'ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB',
  secretKey:
    'ed25519:3tgdk2wPraJzT4nsTuf86UX41xgPNk3MHnq8epARMdBNs29AFEztAuaQ7iHddDfXG9F2RzV1XNQYgJyAyoW51UBB',
};

/** The binary under test. */
export const binary = () => {
  const built = fileURLToPath(new URL('../../../../target/release/keyway', import.meta.url));
  const path = process.env.KEYWAY_BIN ?? built;
  if (!existsSync(path)) {
    throw new Error(`no binary at ${path}: run "cargo build --release -p keyway-cli" first`);
  }
  return path;
};

/** Starts a node with `root` in its genesis. Stop it with `stop()`. */
export const startNode = async () => {
  const home = await mkdtemp(join(tmpdir(), 'keyway-client-'));
  await promisify(execFile)(binary(), ['--home', home, 'init', '--fast']);
  await fundRoot(join(home, 'genesis.json'));
  const networkPort = await freePort();
  const node = await start(['--home', home, 'run', '--network-addr', `127.0.0.1:${networkPort}`]);
  const stop = async () => {
    await node.stop();
    await rm(home, { recursive: true, force: true });
  };
  return { url: node.url, stop };
};

/** Starts a node whose chain begins with the state of the node at `url`. Stop it with `stop()`. */
export const forkNode = (url) => start(['run', '--fork', url, '--no-fork-cache']);

/** Starts `keyway …` on a free port, and waits until it answers. */
const start = async (args) => {
  const rpcPort = await freePort();
  const url = `http://127.0.0.1:${rpcPort}`;
  const child = spawn(binary(), [...args, '--rpc-addr', `127.0.0.1:${rpcPort}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = [];
  child.stderr.on('data', (bytes) => said.push(bytes));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  await ready(url, child, said);
  return { url, stop };
};

const fundRoot = async (path) => {
  const genesis = JSON.parse(await readFile(path, 'utf8'));
  const amount = 10n ** 9n * NEAR;
  const account = { amount: `${amount}`, locked: '0', code_hash: '1'.repeat(32), storage_usage: 0, version: 'V1' };
  genesis.records.push(
    { Account: { account_id: root.id, account } },
    {
      AccessKey: {
        account_id: root.id,
        public_key: root.publicKey,
        access_key: { nonce: 0, permission: 'FullAccess' },
      },
    },
  );
  genesis.total_supply = `${BigInt(genesis.total_supply) + amount}`;
  await writeFile(path, JSON.stringify(genesis));
};

const ready = async (url, child, said) => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/status`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the node did not answer within 10 s; it said: ${Buffer.concat(said)}`);
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
