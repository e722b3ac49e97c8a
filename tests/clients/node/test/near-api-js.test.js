// The access-key story with near-api-js.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Account, JsonRpcProvider, KeyPair, KeyPairSigner, actions, keyToImplicitAddress } from 'near-api-js';
import {
  AccessKeyDepositWithFunctionCallActionError,
  AccessKeyDoesNotExistError,
  AccessKeyMethodNameMismatchActionError,
  AccessKeyNotEnoughAllowanceActionError,
  AccessKeyReceiverMismatchActionError,
  AccessKeyRequiresFullAccessActionError,
  AccountAlreadyExistsActionError,
  AddKeyAlreadyExistsActionError,
  DeleteKeyDoesNotExistActionError,
  InvalidNonceError,
  InvalidSignatureError,
} from 'near-api-js/rpc-errors';

import * as driver from '../support/driver.js';
import { NEAR, root, startNode } from '../support/node.js';

const CURVES = ['ed25519', 'secp256k1', 'ml-dsa-65'];
const GAS = 30n * 10n ** 12n;

let node;
let provider;
let funder;

before(async () => {
  node = await startNode();
  provider = new JsonRpcProvider({ url: node.url });
  funder = new Account(root.id, provider, root.secretKey);
});
after(() => node?.stop());

/** Signs and sends in the name of `accountId` with `key`. */
const send = (accountId, key, receiverId, list) =>
  new Account(accountId, provider, new KeyPairSigner(key)).signAndSendTransaction({
    receiverId,
    actions: list,
    waitUntil: 'FINAL',
  });

/** A new account below root with one full-access key, and with the driver if `contract`. */
const newAccount = async (name, { key = KeyPair.fromRandom('ed25519'), contract = false } = {}) => {
  const id = `${name}.${root.id}`;
  const list = [
    actions.createAccount(),
    actions.transfer(10n * NEAR),
    actions.addFullAccessKey(key.getPublicKey()),
  ];
  if (contract) list.push(actions.deployContract(driver.wasm));
  await funder.signAndSendTransaction({ receiverId: id, actions: list, waitUntil: 'FINAL' });
  return { id, key, public: key.getPublicKey().toString() };
};

const call = (method, ...operations) => actions.functionCall(method, driver.program(...operations), GAS, 0n);

/** `owner`'s key that may call `play` and `claim` of `contract` for a quarter of a NEAR in gas. */
const addGameKey = async (owner, contract, allowance = NEAR / 4n) => {
  const key = KeyPair.fromRandom('ed25519');
  const game = actions.addFunctionCallAccessKey(key.getPublicKey(), contract.id, ['play', 'claim'], allowance);
  await send(owner.id, owner.key, owner.id, [game]);
  return key;
};

const keysOf = async (accountId) => (await provider.viewAccessKeyList({ accountId })).keys;

for (const curve of CURVES) {
  test(`an account is created, used and listed with a key of ${curve}`, async () => {
    const account = await newAccount(`made-${curve}`, { key: KeyPair.fromRandom(curve) });
    const before = await provider.viewAccount({ accountId: account.id });
    assert.equal(before.amount, 10n * NEAR);
    await send(account.id, account.key, root.id, [actions.transfer(NEAR)]);
    const after = await provider.viewAccount({ accountId: account.id });
    assert.ok(after.amount < 9n * NEAR && after.amount > 9n * NEAR - NEAR / 100n);
    const [listed, ...others] = await keysOf(account.id);
    assert.equal(others.length, 0);
    assert.equal(listed.access_key.permission, 'FullAccess');
    const shown = await provider.viewAccessKey({ accountId: account.id, publicKey: account.public });
    assert.equal(shown.nonce % 1_000_000n, 1n);
  });
}

test('a name that is taken, a key that is there, a key that is not', async () => {
  const account = await newAccount('twice');
  const other = KeyPair.fromRandom('ed25519').getPublicKey();
  await assert.rejects(newAccount('twice'), AccountAlreadyExistsActionError);
  const again = [actions.addFullAccessKey(account.key.getPublicKey())];
  await assert.rejects(send(account.id, account.key, account.id, again), AddKeyAlreadyExistsActionError);
  const unknown = [actions.deleteKey(other)];
  await assert.rejects(send(account.id, account.key, account.id, unknown), DeleteKeyDoesNotExistActionError);
});

test('a full-access key adds another, and both sign', async () => {
  const account = await newAccount('two-keys');
  const second = KeyPair.fromRandom('secp256k1');
  await send(account.id, account.key, account.id, [actions.addFullAccessKey(second.getPublicKey())]);
  await send(account.id, second, root.id, [actions.transfer(1n)]);
  await send(account.id, account.key, root.id, [actions.transfer(1n)]);
  assert.equal((await keysOf(account.id)).length, 2);
});

test('a function-call key calls its contract and pays from its allowance', async () => {
  const contract = await newAccount('game', { contract: true });
  const player = await newAccount('player');
  const key = await addGameKey(player, contract);
  const result = await send(player.id, key, contract.id, [
    call('play', driver.storageWrite('score', '7'), driver.valueReturn('"done"')),
  ]);
  assert.equal(Buffer.from(result.status.SuccessValue, 'base64').toString(), '"done"');
  const { permission } = await provider.viewAccessKey({
    accountId: player.id,
    publicKey: key.getPublicKey().toString(),
  });
  assert.equal(permission.FunctionCall.receiver_id, contract.id);
  assert.deepEqual(permission.FunctionCall.method_names, ['play', 'claim']);
  const left = BigInt(permission.FunctionCall.allowance);
  assert.ok(left < NEAR / 4n && left > NEAR / 5n);
});

test('a function-call key is refused everything else', async () => {
  const contract = await newAccount('narrow', { contract: true });
  const elsewhere = await newAccount('elsewhere', { contract: true });
  const owner = await newAccount('narrow-owner');
  const key = await addGameKey(owner, contract);
  const refused = (receiver, list, kind) => assert.rejects(send(owner.id, key, receiver, list), kind);
  await refused(elsewhere.id, [call('play')], AccessKeyReceiverMismatchActionError);
  await refused(contract.id, [call('recover')], AccessKeyMethodNameMismatchActionError);
  const paid = actions.functionCall('play', driver.program(), GAS, 1n);
  await refused(contract.id, [paid], AccessKeyDepositWithFunctionCallActionError);
  await refused(contract.id, [actions.transfer(1n)], AccessKeyRequiresFullAccessActionError);
  await refused(contract.id, [call('play'), call('claim')], AccessKeyRequiresFullAccessActionError);
  const poor = await addGameKey(owner, contract, NEAR / 1000n);
  await assert.rejects(send(owner.id, poor, contract.id, [call('play')]), AccessKeyNotEnoughAllowanceActionError);
});

test('keys are rotated in one transaction', async () => {
  const account = await newAccount('rotating');
  const next = KeyPair.fromRandom('ml-dsa-65');
  await send(account.id, account.key, account.id, [
    actions.addFullAccessKey(next.getPublicKey()),
    actions.deleteKey(account.key.getPublicKey()),
  ]);
  await assert.rejects(send(account.id, account.key, root.id, [actions.transfer(1n)]), AccessKeyDoesNotExistError);
  await send(account.id, next, root.id, [actions.transfer(1n)]);
  assert.equal((await keysOf(account.id)).length, 1);
});

test('an account without keys is locked', async () => {
  const account = await newAccount('locked');
  await send(account.id, account.key, account.id, [actions.deleteKey(account.key.getPublicKey())]);
  assert.deepEqual(await keysOf(account.id), []);
  await assert.rejects(send(account.id, account.key, root.id, [actions.transfer(1n)]), AccessKeyDoesNotExistError);
  assert.ok((await provider.viewAccount({ accountId: account.id })).amount > 0n);
});

test('a contract adds a key to itself', async () => {
  const contract = await newAccount('self-made', { contract: true });
  const key = KeyPair.fromRandom('ed25519');
  const bytes = driver.publicKeyBytes(0, key.getPublicKey().data);
  await funder.signAndSendTransaction({
    receiverId: contract.id,
    actions: [call('run', driver.batchCreate(contract.id), driver.addFullAccessKey(0, bytes), driver.promiseReturn(0))],
    waitUntil: 'FINAL',
  });
  await send(contract.id, key, root.id, [actions.transfer(1n)]);
});

test('a key that may only call create_account creates accounts', async () => {
  const registrar = await newAccount('registrar', { contract: true });
  const faucet = KeyPair.fromRandom('ed25519');
  const permission = actions.addFunctionCallAccessKey(faucet.getPublicKey(), registrar.id, ['create_account'], NEAR);
  await send(registrar.id, registrar.key, registrar.id, [permission]);
  const newcomer = KeyPair.fromRandom('ed25519');
  const id = `newcomer.${registrar.id}`;
  const program = [
    driver.batchCreate(id),
    driver.createAccount(0),
    driver.transfer(0, NEAR),
    driver.addFullAccessKey(0, driver.publicKeyBytes(0, newcomer.getPublicKey().data)),
    driver.promiseReturn(0),
  ];
  await send(registrar.id, faucet, registrar.id, [call('create_account', ...program)]);
  await send(id, newcomer, root.id, [actions.transfer(1n)]);
  const other = send(registrar.id, faucet, registrar.id, [call('run')]);
  await assert.rejects(other, AccessKeyMethodNameMismatchActionError);
});

test('a transfer makes an implicit account whose key is its name', async () => {
  const key = KeyPair.fromRandom('ed25519');
  const id = keyToImplicitAddress(key.getPublicKey());
  await funder.signAndSendTransaction({ receiverId: id, actions: [actions.transfer(NEAR)], waitUntil: 'FINAL' });
  await send(id, key, root.id, [actions.transfer(NEAR / 2n)]);
  const [listed] = await keysOf(id);
  assert.equal(listed.public_key, key.getPublicKey().toString());
});

test('a used nonce and a foreign signature are refused', async () => {
  const account = await newAccount('careful');
  const sender = new Account(account.id, provider, new KeyPairSigner(account.key));
  const signed = await sender.createSignedTransaction({ receiverId: root.id, actions: [actions.transfer(1n)] });
  await provider.sendTransactionUntil(signed, 'FINAL');
  const stale = await sender.createTransaction({
    receiverId: root.id,
    actions: [actions.transfer(2n)],
    publicKey: account.key.getPublicKey(),
  });
  stale.nonce = signed.transaction.nonce;
  const { signedTransaction } = await new KeyPairSigner(account.key).signTransaction(stale);
  await assert.rejects(provider.sendTransactionUntil(signedTransaction, 'FINAL'), InvalidNonceError);
  signedTransaction.signature.ed25519Signature.data[3] ^= 1;
  await assert.rejects(provider.sendTransactionUntil(signedTransaction, 'FINAL'), InvalidSignatureError);
});
