// The access-key story with near-api-js, in the process of the test.
import assert from 'node:assert/strict';
import { afterEach, after, before, test } from 'node:test';

import { Account, KeyPair, KeyPairSigner, actions } from 'near-api-js';
import {
  AccessKeyDepositWithFunctionCallActionError,
  AccessKeyDoesNotExistError,
  AccessKeyMethodNameMismatchActionError,
  AccessKeyNotEnoughAllowanceActionError,
  AccessKeyNotFoundActionError,
  AccessKeyReceiverMismatchActionError,
  AccessKeyRequiresFullAccessActionError,
} from 'near-api-js/rpc-errors';

import { sandboxForFile } from 'keyway';

import { DAY_MS, NEAR, contracts } from './support.mjs';

const GAS = 30n * 10n ** 12n;

const file = sandboxForFile({ before, after, afterEach }, async (sandbox) => {
  await sandbox.createAccount('alice.near', { balance: '10 NEAR' });
  await sandbox.createAccount('shop.near', { balance: '10 NEAR' });
  const game = await sandbox.createAccount('game.near', { balance: '10 NEAR', contract: contracts.game });
  await game.call('game.near', 'new', {});
  const provider = sandbox.provider();
  return { provider, alice: new Account('alice.near', provider, sandbox.signer('alice.near')) };
});

const as = (key, accountId = 'alice.near') => new Account(accountId, file.provider, new KeyPairSigner(key));

/** Signs, sends and waits. */
const send = (account, receiverId, list) =>
  account.signAndSendTransaction({ receiverId, actions: list, waitUntil: 'FINAL' });

const play = (deposit = 0n) => actions.functionCall('play', { heads: true }, GAS, deposit);

/** Alice's key that may call `play` of the game. */
const addGameKey = async (allowance = NEAR / 4n) => {
  const key = KeyPair.fromRandom('ed25519');
  const grant = actions.addFunctionCallAccessKey(key.getPublicKey(), 'game.near', ['play'], allowance);
  await send(file.alice, 'alice.near', [grant]);
  return key;
};

test('the provider is near-api-js’s own', async () => {
  const account = await file.provider.viewAccount({ accountId: 'alice.near' });
  assert.equal(account.amount, 10n * NEAR);
  const { JsonRpcProvider } = await import('near-api-js');
  assert.ok(file.provider instanceof JsonRpcProvider);
  assert.equal(await file.provider.getNetworkId(), 'sandbox');
});

test('grant: an app plays in alice’s name and pays from its allowance', async () => {
  const key = await addGameKey();
  const { status } = await send(as(key), 'game.near', [play()]);
  assert.equal(JSON.parse(Buffer.from(status.SuccessValue, 'base64')).rounds, 1);
  const score = await file.provider.callFunction({
    contractId: 'game.near',
    method: 'score_of',
    args: { account_id: 'alice.near' },
  });
  assert.equal(score.rounds, 1);
  const publicKey = key.getPublicKey().toString();
  const { permission } = await file.provider.viewAccessKey({ accountId: 'alice.near', publicKey });
  assert.ok(BigInt(permission.FunctionCall.allowance) < NEAR / 4n);
});

test('every refusal is near-api-js’s own error', async () => {
  const app = as(await addGameKey());
  const refused = (list, type, receiver = 'game.near') => assert.rejects(send(app, receiver, list), type);
  await refused([actions.functionCall('leave', {}, GAS, 0n)], AccessKeyMethodNameMismatchActionError);
  await refused([play()], AccessKeyReceiverMismatchActionError, 'shop.near');
  await refused([play(1n)], AccessKeyDepositWithFunctionCallActionError);
  await refused([actions.transfer(1n)], AccessKeyRequiresFullAccessActionError);
  await refused([play(), play()], AccessKeyRequiresFullAccessActionError);
  await assert.rejects(send(as(KeyPair.fromRandom('ed25519')), 'shop.near', [play()]), AccessKeyDoesNotExistError);
  const poor = as(await addGameKey(NEAR / 1000n));
  await assert.rejects(send(poor, 'game.near', [play()]), AccessKeyNotEnoughAllowanceActionError);
});

for (const curve of ['ed25519', 'secp256k1', 'ml-dsa-65']) {
  test(`rotation to a key of ${curve}`, async () => {
    const next = KeyPair.fromRandom(curve);
    const old = await file.alice.getSigner().getPublicKey();
    await send(file.alice, 'alice.near', [actions.addFullAccessKey(next.getPublicKey()), actions.deleteKey(old)]);
    await assert.rejects(send(file.alice, 'shop.near', [actions.transfer(1n)]), AccessKeyNotFoundActionError);
    await send(as(next), 'shop.near', [actions.transfer(1n)]);
  });
}

test('lock: without keys and contract, nobody can act for the account', async () => {
  const { sandbox } = file;
  assert.equal((await sandbox.lockVerdict('alice.near')).verdict, 'not_locked');
  await send(file.alice, 'alice.near', [actions.deleteKey(await file.alice.getSigner().getPublicKey())]);
  assert.equal((await sandbox.lockVerdict('alice.near')).verdict, 'sealed');
});

test('drop: a link becomes an account', async () => {
  const { sandbox, alice, provider } = file;
  const drop = await sandbox.createAccount('drop.near', { contract: contracts.drop });
  await drop.call('drop.near', 'new', { owner_id: 'drop.near' });
  const link = KeyPair.fromRandom('ed25519');
  const price = BigInt(await sandbox.view('drop.near', 'price_of', { amount: String(NEAR) }));
  const links = {
    public_keys: [link.getPublicKey().toString()],
    amount: String(NEAR),
    expires_at_ns: String(BigInt(sandbox.now.getTime() + DAY_MS) * 1_000_000n),
  };
  await send(alice, 'drop.near', [actions.functionCall('add_links', links, 100n * 10n ** 12n, price)]);
  const holder = KeyPair.fromRandom('ed25519');
  const claim = { new_account_id: 'bob.drop.near', new_public_key: holder.getPublicKey().toString() };
  await send(as(link, 'drop.near'), 'drop.near', [
    actions.functionCall('create_account_and_claim', claim, 40n * 10n ** 12n, 0n),
  ]);
  assert.equal((await provider.viewAccount({ accountId: 'bob.drop.near' })).amount, NEAR);
  await send(as(holder, 'bob.drop.near'), 'alice.near', [actions.transfer(1n)]);
});

test('recovery: a helper gives the account back after the delay', async () => {
  const { sandbox, alice } = file;
  const [helper, fresh] = [KeyPair.fromRandom('ed25519'), KeyPair.fromRandom('ed25519')];
  const byOwner = (method, args) => actions.functionCall(method, args, GAS, 1n);
  await send(alice, 'alice.near', [
    actions.deployContract(contracts.recovery),
    byOwner('new', { delay_ns: String(BigInt(DAY_MS) * 1_000_000n), threshold: 1 }),
    byOwner('add_helper', { public_key: helper.getPublicKey().toString() }),
  ]);
  const wish = { new_public_key: fresh.getPublicKey().toString() };
  await send(as(helper), 'alice.near', [actions.functionCall('start_recovery', wish, GAS, 0n)]);
  await sandbox.advance(DAY_MS);
  const shop = new Account('shop.near', file.provider, sandbox.signer('shop.near'));
  await send(shop, 'alice.near', [actions.functionCall('finish_recovery', wish, 100n * 10n ** 12n, 0n)]);
  await send(as(fresh), 'shop.near', [actions.transfer(1n)]);
});

test('delegate: a relayer pays for alice', async () => {
  const { alice, provider, sandbox } = file;
  const shop = new Account('shop.near', provider, sandbox.signer('shop.near'));
  const { signedDelegate } = await alice.createSignedMetaTransaction({
    receiverId: 'game.near',
    actions: [play()],
    blockHeightTtl: 100,
  });
  await shop.relayMetaTransaction(signedDelegate, 'FINAL');
  const score = await sandbox.view('game.near', 'score_of', { account_id: 'alice.near' });
  assert.equal(score.rounds, 1);
  assert.equal(await sandbox.balance('alice.near'), 10n * NEAR);
});

test('an account that is not there', async () => {
  await assert.rejects(file.provider.viewAccount({ accountId: 'nobody.near' }), { name: /AccountDoesNotExist/ });
});

