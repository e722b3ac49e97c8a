// Outcomes as values, and requests that share the event loop.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { inspect } from 'node:util';

import { Sandbox, withSandbox } from 'keyway';

import { NEAR, contracts } from './support.mjs';

const accounts = { 'alice.near': { balance: '10 NEAR' }, 'game.near': { contract: contracts.game } };
const chain = (body) => withSandbox((sandbox) => body(sandbox, sandbox.account('alice.near')), { accounts });

test('an outcome is a value like any other', chain(async (sandbox, alice) => {
  const { transactionHash } = await alice.transfer('near', 1n);
  const outcome = () => sandbox.outcomeSync(transactionHash);
  assert.ok(Object.keys(outcome()).includes('executions'));
  assert.match(inspect(outcome()), /executions: \[\n? +\{/);
  assert.deepEqual(outcome(), outcome());
  assert.notDeepEqual(outcome(), await alice.transfer('near', 1n));
  const ids = ({ executions }) => executions.map(({ id }) => id);
  assert.deepEqual(ids(structuredClone(outcome())), ids(outcome()));

  const { executions, receipts } = outcome();
  assert.equal(executions[0].id, transactionHash);
  assert.deepEqual(receipts.map(({ executorId, predecessorId, depth }) => [executorId, predecessorId, depth]), [['near', 'alice.near', 1]]);
  assert.deepEqual(receipts[0].actions, [{ Transfer: { deposit: 1n } }]);
  assert.equal(executions.reduce((sum, { gasBurnt }) => sum + gasBurnt, 0n), outcome().gasBurnt);
  const read = outcome();
  assert.equal(read.executions, read.executions, 'it is read once');
}));

test('a loop of short requests leaves time for other events', chain(async (sandbox, alice) => {
  let waiting = true;
  setTimeout(() => (waiting = false), 1);
  for (let round = 0; waiting; round += 1) {
    assert.ok(round < 10_000, 'the timer never came');
    await alice.transfer('near', 1n);
  }
}));

test('short requests go on when a test has replaced the timers', chain(async (sandbox, alice) => {
  mock.timers.enable();
  try {
    for (let round = 0; round < 12; round += 1) await alice.transfer('near', 1n);
  } finally {
    mock.timers.reset();
  }
}));

test('requests that are made at once are all carried out', chain(async (sandbox, alice) => {
  await sandbox.account('game.near').call('game.near', 'new', {});
  const made = Array.from({ length: 20 }, (_, number) =>
    number % 3 ? alice.transfer('near', NEAR / 100n) : alice.call('game.near', 'play', { heads: true }));
  for (const outcome of await Promise.all(made)) assert.equal(outcome.status, 'succeeded');
  assert.equal((await sandbox.view('game.near', 'score_of', { account_id: 'alice.near' })).rounds, 7);
  assert.ok((await alice.balance()) < 10n * NEAR - (13n * NEAR) / 100n);
}));

test('a short request of a sandbox that is gone is refused', () => {
  const sandbox = new Sandbox({ accounts });
  const alice = sandbox.account('alice.near');
  sandbox.dispose();
  return assert.rejects(alice.transfer('near', 1n), { kind: 'Sandbox.Disposed' });
});
