// Named snapshots, dumps, traces, what-ifs, the history of keys, and forks.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ArgumentError, QueryError, Sandbox, SandboxError, actions, changes, randomKey, withSandbox } from 'keyway';

import { NEAR, contracts } from './support.mjs';

const accounts = { 'alice.near': { balance: '10 NEAR' } };

/** A test with a sandbox, where alice has 10 NEAR, and an empty directory. */
const story = (body) =>
  withSandbox(
    async (sandbox) => {
      const directory = mkdtempSync(join(tmpdir(), 'keyway-test-'));
      try {
        await body(sandbox, directory);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    { accounts },
  );

test('named snapshots', story(async (sandbox) => {
  await sandbox.snapshotNamed('funded', { note: 'alice has 10 NEAR' });
  await sandbox.account('alice.near').transfer('near', '1 NEAR');
  sandbox.snapshotNamedSync('paid');
  await sandbox.revertNamed('funded');
  assert.equal(await sandbox.balance('alice.near'), 10n * NEAR);
  const [funded, paid] = await sandbox.snapshots();
  assert.deepEqual([funded.note, funded.current, funded.parent], ['alice has 10 NEAR', true, null]);
  assert.deepEqual([paid.name, paid.parent, typeof paid.timeNs], ['paid', 'funded', 'bigint']);
  await sandbox.deleteSnapshot('paid');
  await assert.rejects(sandbox.revertNamed('paid'), { kind: 'Sandbox.Snapshot.Unknown' });
  const seen = await sandbox.rpc('keyway_snapshot_list');
  assert.deepEqual(seen.result.snapshots.map(({ name }) => name), ['funded']);
  await sandbox.reset();
  assert.deepEqual([sandbox.height, sandbox.snapshotsSync()], [0, []]);
}));

test('a dump is loaded', story(async (sandbox, directory) => {
  const path = join(directory, 'state.keyway');
  await sandbox.dump(path);
  for (const again of [await Sandbox.load(path), Sandbox.loadSync(path)]) {
    assert.deepEqual([again.height, again.chainId], [sandbox.height, 'sandbox']);
    await again.account('alice.near').transfer('near', '1 NEAR');
    again.dispose();
  }
  await assert.rejects(Sandbox.load(join(directory, 'none')), (error) => {
    assert.ok(error instanceof SandboxError);
    assert.equal(error.kind, 'Sandbox.Dump.NotLoaded');
    return true;
  });
  assert.throws(() => sandbox.dumpSync(join(directory, 'none', 'state')), { kind: 'Sandbox.Dump.NotWritten' });
}));

test('a trace', story(async (sandbox) => {
  const { transactionHash, gasBurnt } = await sandbox.account('alice.near').transfer('near', '1 NEAR');
  const trace = await sandbox.trace(transactionHash);
  assert.equal(trace.transaction.signer_id, 'alice.near');
  assert.equal(trace.gas_burnt, Number(gasBurnt));
  assert.deepEqual(sandbox.traceSync(transactionHash), trace);
  assert.match(await sandbox.why(transactionHash), /^it succeeded/);
  await assert.rejects(sandbox.trace('1'.repeat(32)), QueryError);
}));

test('a past transaction with something changed', story(async (sandbox) => {
  const alice = sandbox.account('alice.near');
  const { transactionHash } = await alice.transfer('near', '1 NEAR');
  const { height } = sandbox;
  const more = await sandbox.whatIf(transactionHash, changes.deposit('2 NEAR'));
  const [difference] = more.differences;
  assert.deepEqual(difference.changed, { values: { before: String(NEAR), after: String(2n * NEAR) } });
  assert.deepEqual(sandbox.whatIfSync(transactionHash, [changes.deposit(2n * NEAR, { action: 0 })]), more);
  const time = sandbox.now;
  for (const change of [
    changes.balance('alice.near', '5 NEAR'),
    changes.code('near', contracts.game),
    changes.time(new Date(time.getTime() + 1000)),
    changes.signer(alice.publicKey),
    changes.key('near', randomKey().publicKey, { nonce: 7, permission: 'FullAccess' }),
  ]) {
    assert.match(JSON.stringify((await sandbox.whatIf(transactionHash, change)).after.status), /succeeded/, change.type);
  }
  const { after } = await sandbox.whatIf(transactionHash, changes.key('alice.near', alice.publicKey, null));
  assert.ok(after.status.failed.InvalidTxError.InvalidAccessKeyError.AccessKeyNotFound, JSON.stringify(after.status));
  await assert.rejects(sandbox.whatIf(transactionHash, changes.gas('1 Tgas')), ArgumentError);
  await assert.rejects(sandbox.whatIf(transactionHash, changes.allowance('alice.near', alice.publicKey, null)), ArgumentError);
  await assert.rejects(sandbox.whatIf(transactionHash, Array(101).fill(changes.deposit(1n))), { kind: 'Argument.OutOfRange' });
  assert.equal(sandbox.height, height);
}));

test('what a call would have done with other arguments and gas', story(async (sandbox) => {
  const game = await sandbox.createAccount('game.near', { contract: contracts.game });
  await game.call('game.near', 'new', {});
  const { transactionHash } = await sandbox.account('alice.near').call('game.near', 'play', { heads: true });
  const args = await sandbox.whatIf(transactionHash, changes.args({ heads: 'no' }));
  assert.ok(args.after.status.failed, JSON.stringify(args.after.status));
  const gas = await sandbox.whatIf(transactionHash, changes.gas(10n ** 12n));
  assert.ok(gas.differences.some(({ what }) => what === 'gas_attached'));
}));

test('the history of keys', story(async (sandbox) => {
  const alice = sandbox.account('alice.near');
  const app = await alice.addFunctionCallKey('game.near', { functions: ['play'], gasBudget: '0.25 NEAR' });
  const added = sandbox.height;
  await alice.execute(actions.deleteKey(app.publicKey));
  const { events } = await sandbox.keyHistory('alice.near', { publicKey: app.publicKey });
  assert.deepEqual(events.map(({ event }) => event), ['added', 'deleted']);
  const all = sandbox.keyHistorySync('alice.near');
  assert.ok(all.events.some(({ event, public_key }) => event === 'used' && public_key === alice.publicKey));
  assert.ok((await sandbox.keyHistory('alice.near', { fromHeight: added })).events.length < all.events.length);
  await assert.rejects(sandbox.keyHistory('Not An Account'), ArgumentError);
}));

test('a fork reads its network and leaves it alone', story(async (network, directory) => {
  await network.sealBlocks(3);
  assert.equal(await network.forkedFrom(), undefined);
  const server = await network.listen({ live: false });
  const fork = await Sandbox.fork(server.url, { cache: join(directory, 'cache') });
  await fork.account('alice.near').transfer('near', '4 NEAR');
  assert.ok((await fork.balance('alice.near')) < 6n * NEAR);
  assert.equal(await network.balance('alice.near'), 10n * NEAR);
  const { chainId, rows, requests } = await fork.forkedFrom();
  assert.deepEqual([chainId, rows > 0, requests > 0], ['sandbox', true, true]);

  const path = join(directory, 'test.fork');
  await fork.freeze(path);
  await server.close();
  const frozen = await Sandbox.forkFile(path);
  assert.equal(await frozen.balance('alice.near'), 10n * NEAR);
  await assert.rejects(frozen.balance('test.near'), /test\.near/);
  for (const sandbox of [fork, frozen]) sandbox.dispose();
  await assert.rejects(network.freeze(path), { kind: 'Sandbox.Fork.None' });
  await assert.rejects(Sandbox.fork('nowhere'), { kind: 'Sandbox.Fork.Failed' });
}));

test('a fork does not hold up the event loop while it waits', story(async (network) => {
  await network.sealBlocks(3);
  const server = await network.listen({ live: false });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const forks = await Promise.all(Array.from({ length: 8 }, () => Sandbox.fork(server.url)));
  clearInterval(timer);
  assert.ok(turns > 2, `${turns} turns`);
  for (const fork of forks) fork.dispose();
  await server.close();
}));

test('a gas key has no budget', story(async (sandbox) => {
  // The budget was ignored: the key's owner thought that it could spend less than it could.
  const { publicKey } = randomKey();
  const limits = { functions: ['play'], nonces: 4 };
  const alice = sandbox.account('alice.near');
  for (const add of [actions.addFunctionCallGasKey, actions.addFunctionCallKey]) {
    const action = add(publicKey, 'game.near', { ...limits, gasBudget: '1 NEAR' });
    await assert.rejects(alice.execute(action), ArgumentError);
  }
  await alice.execute(actions.addFunctionCallGasKey(publicKey, 'game.near', limits));
}));
