// The access-key story with Keyway's own classes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ArgumentError, Failed, KeyError, QueryError, Refused, Sandbox, SandboxError, actions, contractPowers, keyFromPhrase, keyFromSecret, knownKey, randomKey, withSandbox } from 'keyway';

import { DAY_MS, NEAR, contracts } from './support.mjs';

/** A sandbox with alice, and with a game that she can play. */
const story = (body) =>
  withSandbox(
    async (sandbox) => {
      const game = await sandbox.createAccount('game.near', { contract: contracts.game });
      await game.call('game.near', 'new', {});
      await body(sandbox, sandbox.account('alice.near'));
    },
    { accounts: { 'alice.near': { balance: '10 NEAR', key: randomKey() } } },
  );

const limits = { functions: ['play'], gasBudget: '0.25 NEAR' };

test('a limited key calls, and is refused everything else', story(async (sandbox, alice) => {
  const app = await alice.addFunctionCallKey('game.near', limits);
  const outcome = await app.call('game.near', 'play', { heads: true });
  assert.equal(outcome.json().rounds, 1);
  assert.equal(outcome.status, 'succeeded');
  assert.equal(typeof outcome.gasBurnt, 'bigint');
  assert.equal(outcome.signerId, 'alice.near');

  const kinds = {
    'Refused.Signer.AccessKey.Function.NotAllowed': actions.call('game.near', 'leave'),
    'Refused.Signer.AccessKey.Receiver.NotAllowed': actions.call('alice.near', 'play'),
    'Refused.Signer.AccessKey.AttachedDeposit.NotAllowed': actions.call('game.near', 'play', {}, { deposit: 1n }),
    'Refused.Signer.AccessKey.NotFullAccess': [actions.call('game.near', 'play'), actions.call('game.near', 'play')],
  };
  for (const [kind, list] of Object.entries(kinds)) {
    await assert.rejects(app.execute(list), (error) => error instanceof Refused && error.kind === kind);
  }
  await assert.rejects(app.transfer('game.near', 1n), { kind: 'Refused.Signer.AccessKey.NotFullAccess' });
  const key = await sandbox.accessKey('alice.near', app.publicKey);
  assert.deepEqual([key.contract, key.functions, key.permission], ['game.near', ['play'], 'function_call']);
  assert.ok(key.gasBudget < NEAR / 4n);
}));

test('a refusal has its figures as bigint', story(async (sandbox, alice) => {
  const app = await alice.addFunctionCallKey('game.near', { ...limits, gasBudget: '1 milliNEAR' });
  await assert.rejects(app.call('game.near', 'play', { heads: true }), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.kind, 'Refused.Signer.AccessKey.GasBudget.NotEnough');
    assert.equal(error.nearApiTsKind, 'Signer.AccessKey.GasBudget.NotEnough');
    assert.equal(error.figures.gasBudget, NEAR / 1000n);
    assert.ok(error.figures.cost > error.figures.gasBudget);
    assert.match(error.message, /0\.001 NEAR/);
    return true;
  });
}));

test('a failure has its outcome', story(async (sandbox, alice) => {
  await assert.rejects(alice.transfer('nobody.near', '1 NEAR'), (error) => {
    assert.ok(error instanceof Failed);
    assert.equal(error.kind, 'Failed.Executor.NotFound');
    assert.equal(error.outcome.status, 'failed');
    assert.ok(error.outcome.executions.some((execution) => execution.isRefund));
    return true;
  });
}));

test('invalid arguments say what to write', story(async (sandbox, alice) => {
  const invalid = (call, kind, text) =>
    assert.rejects(async () => call(), (error) => {
      assert.ok(error instanceof ArgumentError, String(error));
      assert.equal(error.kind, kind);
      assert.match(error.message, text);
      return true;
    });
  await invalid(() => alice.transfer('bob.near', 5), 'Argument.Amount.Invalid', /"0.25 NEAR"/);
  await invalid(() => alice.transfer('bob.near', '5'), 'Argument.Amount.Invalid', /it has no unit/);
  await invalid(() => alice.transfer('Bob', 5n), 'Argument.AccountId.Invalid', /"Bob"/);
  await invalid(() => alice.call('game.near', 'play', {}, { gas: '30' }), 'Argument.Gas.Invalid', /"30 Tgas"/);
  await invalid(() => alice.execute(actions.deleteKey('secret')), 'Argument.PublicKey.Invalid', /6 characters/);
  await invalid(() => alice.addFunctionCallKey('game.near', { functions: ['play'] }), 'Argument.Missing', /gas_budget/);
  await invalid(() => alice.addFunctionCallKey('game.near', { ...limits, functions: [] }), 'Argument.AllowedFunctions.Empty', /empty list/);
  await invalid(() => alice.execute([]), 'Argument.Actions.Empty', /at least 1/);
  await invalid(() => alice.execute({ type: 'fly' }), 'Argument.NotUsable', /unknown variant `fly`/);
  await invalid(() => sandbox.sealBlocks(10_001), 'Argument.OutOfRange', /limit of 10000/);
  await invalid(() => keyFromSecret('ed25519:no'), 'Argument.SecretKey.Invalid', /not a secret key/);
  await invalid(() => randomKey('rsa'), 'Argument.NotUsable', /"rsa"/);
  await invalid(() => new Sandbox({ chain: 'x' }), 'Argument.NotUsable', /unknown field `chain`/);
  await assert.rejects(sandbox.balance('nobody.near'), QueryError);
  await assert.rejects(sandbox.createAccount('alice.near'), SandboxError);
  await assert.rejects(sandbox.impersonate('alice.near').sign(actions.transfer(1n), { receiver: 'game.near' }), KeyError);
}));

for (const curve of ['ed25519', 'secp256k1', 'ml-dsa-65']) {
  test(`rotation to a key of ${curve}`, story(async (sandbox, alice) => {
    const next = randomKey(curve);
    await alice.execute([actions.addFullAccessKey(next.publicKey), actions.deleteKey(alice.publicKey)]);
    await assert.rejects(alice.transfer('game.near', 1n), { kind: 'Refused.Signer.AccessKey.NotFound' });
    await alice.withKey(next).transfer('game.near', 1n);
  }));
}

test('lock', story(async (sandbox, alice) => {
  await alice.execute(actions.deleteKey(alice.publicKey));
  const report = await sandbox.lockVerdict('alice.near');
  assert.equal(report.verdict, 'sealed');
  assert.match(report.text, /alice\.near: sealed/);
  assert.equal((await contractPowers(contracts.recovery)).verdict, 'can_add_keys');
}));

test('recovery', story(async (sandbox, alice) => {
  const [helper, fresh] = [randomKey(), randomKey()];
  const byOwner = (method, args) => actions.call('alice.near', method, args, { deposit: 1n });
  await alice.execute([
    actions.deploy(contracts.recovery),
    byOwner('new', { delay_ns: String(BigInt(DAY_MS) * 1_000_000n), threshold: 1 }),
    byOwner('add_helper', { public_key: helper.publicKey }),
  ]);
  const wish = { new_public_key: fresh.publicKey };
  await alice.withKey(helper).call('alice.near', 'start_recovery', wish);
  const finish = () => sandbox.root().call('alice.near', 'finish_recovery', wish, { gas: '100 Tgas' });
  await assert.rejects(finish(), /the delay ends at/);
  await sandbox.advance(DAY_MS);
  await finish();
  await alice.withKey(fresh).transfer('game.near', 1n);
}));

test('delegate: the relayer pays', story(async (sandbox, alice) => {
  const signed = await alice.signDelegate(actions.call('game.near', 'play', { heads: true }));
  const outcome = await sandbox.root().relay(signed);
  assert.equal(outcome.signerId, 'near');
  assert.equal(await alice.balance(), 10n * NEAR);
  assert.equal((await sandbox.view('game.near', 'score_of', { account_id: 'alice.near' })).rounds, 1);
}));

test('a gas key pays from its own balance', story(async (sandbox, alice) => {
  const key = randomKey();
  await alice.execute([
    actions.addFunctionCallGasKey(key.publicKey, 'game.near', { functions: ['play'], nonces: 4 }),
    actions.fundGasKey(key.publicKey, '1 NEAR'),
  ]);
  const before = await alice.balance();
  await alice.withKey(key).call('game.near', 'play', { heads: true });
  const { gasKey } = await sandbox.accessKey('alice.near', key.publicKey);
  assert.ok(gasKey.balance < NEAR && gasKey.nonces === 4);
  assert.ok((await alice.balance()) >= before);
  assert.equal((await sandbox.gasKeyNonces('alice.near', key.publicKey)).length, 4);
  await assert.rejects(alice.withKey(key).call('game.near', 'leave'), { kind: 'Refused.Signer.AccessKey.Function.NotAllowed' });
  await alice.execute([actions.withdrawFromGasKey(key.publicKey, gasKey.balance), actions.deleteKey(key.publicKey)]);
}));

test('explain, forecast and audit', story(async (sandbox, alice) => {
  const app = await alice.addFunctionCallKey('game.near', limits);
  const why = await sandbox.explain('alice.near', app.publicKey, actions.call('game.near', 'leave'));
  assert.equal(why.accepted, false);
  assert.match(why.text, /leave/);
  const broken = why.rules.find((rule) => rule.verdict === 'fail');
  assert.equal(broken.rule, 'method');
  assert.equal(typeof why.cost.bought, 'bigint');
  const fine = await sandbox.explain('alice.near', app.publicKey, actions.call('game.near', 'play', { heads: true }));
  assert.deepEqual([fine.accepted, fine.willFail], [true, null]);
  const forecast = await sandbox.forecast('alice.near', app.publicKey, { gas: '30 Tgas', burnt: '3 Tgas' });
  assert.match(forecast.text, /call/);
  const audit = await sandbox.audit('alice.near');
  assert.equal(audit.keys, 2);
  assert.ok(Array.isArray(audit.findings));
}));

test('snapshots, copies and time', story(async (sandbox, alice) => {
  const before = sandbox.snapshot();
  assert.equal(before.height, sandbox.height);
  await alice.transfer('game.near', '1 NEAR');
  const copy = sandbox.clone();
  sandbox.revert(before);
  assert.equal(await alice.balance(), 10n * NEAR);
  assert.ok((await copy.balance('alice.near')) < 9n * NEAR);
  copy.account('alice.near').transferSync('game.near', 1n);
  copy.dispose();

  const now = sandbox.now;
  await sandbox.advance(DAY_MS);
  assert.equal(sandbox.now.getTime(), now.getTime() + DAY_MS);
  await assert.rejects(sandbox.setTime(now), { kind: 'Sandbox.Time.RunsBack' });
  const { height } = sandbox;
  await sandbox.sealBlocks(3);
  assert.equal(sandbox.height, height + 3);
  await sandbox.fastForward(1000);
  assert.ok(sandbox.height > height + 1000);
}));

test('patches, impersonation, balances and contract data', story(async (sandbox, alice) => {
  await sandbox.impersonate('game.near').transfer('alice.near', '1 NEAR');
  assert.equal(await alice.balance(), 11n * NEAR);
  await sandbox.setBalance('alice.near', '5 NEAR');
  assert.equal(await alice.balance(), 5n * NEAR);
  const value = Buffer.from('42').toString('base64');
  const data_key = Buffer.from('score').toString('base64');
  await sandbox.patch([{ Data: { account_id: 'alice.near', data_key, value } }]);
  const [[key, stored]] = await sandbox.contractState('alice.near', Buffer.from('sc'));
  assert.deepEqual([String(key), String(stored)], ['score', '42']);
  const simulated = await alice.simulate(actions.transfer('1 NEAR'), { receiver: 'game.near' });
  assert.equal(simulated.status, 'succeeded');
  assert.equal(await alice.balance(), 5n * NEAR);
}));

test('what a chain of one’s own can do to its state and time', story(async (sandbox, alice) => {
  await sandbox.deleteContract('game.near');
  await assert.rejects(alice.call('game.near', 'play', { heads: true }), { name: 'Failed' });
  await sandbox.deleteAccessKey('alice.near', alice.publicKey);
  assert.deepEqual(await alice.accessKeys(), []);
  await sandbox.deleteAccount('alice.near');
  await assert.rejects(sandbox.balance('alice.near'), QueryError);

  await sandbox.stepTime(5000);
  const { now, height } = sandbox;
  await sandbox.sealBlocks(1);
  assert.equal(sandbox.now.getTime(), now.getTime() + 5000);
  await sandbox.freezeTime();
  const frozen = sandbox.now;
  await sandbox.sealBlocks(1);
  assert.deepEqual(sandbox.now, frozen);
  await sandbox.freeTime();
  await sandbox.mine(100, { intervalMs: 1000 });
  assert.ok(sandbox.height >= height + 100);
}));

test('what was signed can be sent', story(async (sandbox, alice) => {
  const signed = await alice.sign(actions.transfer('1 NEAR'), { receiver: 'game.near' });
  assert.equal(await sandbox.outcome(signed.hash), undefined);
  const params = { signed_tx_base64: Buffer.from(signed.transaction).toString('base64'), wait_until: 'FINAL' };
  const { result } = await sandbox.rpc('send_tx', params);
  assert.equal(result.transaction.hash, signed.hash);
  assert.equal((await sandbox.outcome(signed.hash)).transactionHash, signed.hash);
  assert.match(await sandbox.outcomeText(signed.hash), /alice\.near → game\.near/);
}));

test('keys', () => {
  const pair = randomKey('secp256k1');
  assert.deepEqual(keyFromSecret(pair.secretKey), pair);
  assert.equal(JSON.stringify(pair).includes(pair.secretKey), false, 'a key pair in a log shows no secret');
  assert.equal(knownKey('alice.near').publicKey, knownKey('alice.near').publicKey);
  const phrase = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
  assert.match(keyFromPhrase(phrase).publicKey, /^ed25519:/);
});

test('the same settings give the same chain', () => {
  const time = new Date('2030-01-01T00:00:00Z');
  const heads = [1, 2].map(() => {
    const sandbox = new Sandbox({ time, chainId: 'mine', accounts: { 'alice.near': {} } });
    const { height, now, chainId } = sandbox;
    sandbox.dispose();
    return { height, now, chainId };
  });
  assert.deepEqual(heads[0], heads[1]);
  assert.equal(heads[0].chainId, 'mine');
});
