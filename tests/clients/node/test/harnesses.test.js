// The packages that spawn a sandbox themselves: they find the binary through
// NEAR_SANDBOX_BIN_PATH, edit its home, start it, and stop it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Account, JsonRpcProvider, KeyPair, KeyPairSigner } from 'near-api-js';
import { Near, generateKey } from 'near-kit';
import { Sandbox as KitSandbox } from 'near-kit/sandbox';
import { DEFAULT_ACCOUNT_ID, DEFAULT_PRIVATE_KEY, GenesisAccount, Sandbox } from 'near-sandbox';

import { NEAR, binary } from '../support/node.js';

process.env.NEAR_SANDBOX_BIN_PATH = binary();

test('near-sandbox starts the node with accounts in its genesis', async () => {
  const additionalAccounts = [GenesisAccount.createDefault('alice')];
  const sandbox = await Sandbox.start({ config: { additionalAccounts } });
  try {
    const provider = new JsonRpcProvider({ url: sandbox.rpcUrl });
    for (const id of [DEFAULT_ACCOUNT_ID, 'alice']) {
      const account = new Account(id, provider, DEFAULT_PRIVATE_KEY);
      const key = KeyPair.fromRandom('ed25519');
      await account.createSubAccount({
        accountOrPrefix: 'sub',
        publicKey: key.getPublicKey(),
        nearToTransfer: NEAR,
      });
      const sub = new Account(`sub.${id}`, provider, new KeyPairSigner(key));
      await sub.transfer({ receiverId: id, amount: NEAR / 2n });
    }
  } finally {
    await sandbox.tearDown();
  }
});

test('near-kit starts the node, patches, dumps, restores and restarts it', async () => {
  const sandbox = await KitSandbox.start({ detached: false });
  try {
    const near = new Near({ network: sandbox });
    const id = `made.${sandbox.rootAccount.id}`;
    const key = generateKey().publicKey.toString();
    await near
      .transaction(sandbox.rootAccount.id)
      .createAccount(id)
      .transfer(id, '2 NEAR')
      .addKey(key, { type: 'fullAccess' })
      .send({ waitUntil: 'FINAL' });
    const before = await sandbox.dumpState();
    await sandbox.patchState([accountRecord(id, 5n * NEAR)]);
    assert.equal((await near.getAccount(id)).balance, '5.00');
    await sandbox.restoreState(before);
    assert.equal((await near.getAccount(id)).balance, '2.00');
    await sandbox.fastForward(100);
    await sandbox.restart(before);
    assert.equal((await near.getAccount(id)).balance, '2.00');
    assert.equal((await near.getAccessKeys(id)).keys.length, 1);
  } finally {
    await sandbox.stop();
  }
});

// Its near-sandbox is an older one, which wants a directory with a binary of its own name.
test('near-workspaces starts the node and creates accounts', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keyway-bin-'));
  await symlink(binary(), join(directory, 'near-sandbox'));
  process.env.NEAR_SANDBOX_BINARY_PATH = directory;
  const { Worker } = createRequire(import.meta.url)('near-workspaces');
  const worker = await Worker.init();
  try {
    const { rootAccount } = worker;
    const alice = await rootAccount.createSubAccount('alice', { initialBalance: `${5n * NEAR}` });
    await alice.transfer(rootAccount.accountId, NEAR);
    const { available } = await alice.balance();
    assert.ok(BigInt(`${available}`) < 4n * NEAR);
    assert.equal((await alice.viewAccessKeys(alice.accountId)).keys.length, 1);
  } finally {
    await worker.tearDown();
    await rm(directory, { recursive: true });
  }
});

const accountRecord = (id, amount) => ({
  Account: {
    account_id: id,
    account: { amount: `${amount}`, locked: '0', code_hash: '1'.repeat(32), storage_usage: 182, version: 'V1' },
  },
});
