// The access-key story with near-kit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { MlDsa65KeyPair, Near, generateKey } from 'near-kit';

import * as driver from '../support/driver.js';
import { root, startNode } from '../support/node.js';

const FINAL = { waitUntil: 'FINAL' };
const GAS = { gas: '30 Tgas' };

let node;
let near;

before(async () => {
  node = await startNode();
  const network = { rpcUrl: node.url, networkId: 'localnet' };
  near = new Near({ network, keyStore: { [root.id]: root.secretKey } });
});
after(() => node?.stop());

/** A transaction of `account`, signed with its key or with `key`. */
const from = (account, key = account.key) => near.transaction(account.id).signWith(key.secretKey);

/** A new account below root with one full-access key, and with the driver if `contract`. */
const newAccount = async (name, { key = generateKey(), contract = false } = {}) => {
  const id = `${name}.${root.id}`;
  const made = near
    .transaction(root.id)
    .createAccount(id)
    .transfer(id, '10 NEAR')
    .addKey(key.publicKey.toString(), { type: 'fullAccess' });
  if (contract) made.deployContract(id, driver.wasm);
  await made.send(FINAL);
  return { id, key };
};

/** `owner`'s new key that may call `play` and `claim` of `contract`. */
const addGameKey = async (owner, contract, allowance = '0.25 NEAR') => {
  const key = generateKey();
  const permission = { type: 'functionCall', receiverId: contract.id, methodNames: ['play', 'claim'], allowance };
  await from(owner).addKey(key.publicKey.toString(), permission).send(FINAL);
  return key;
};

const keysOf = async (id) => (await near.getAccessKeys(id)).keys;

/** A refusal before inclusion whose access-key error is `kind`. */
const accessKeyError = (kind) => (error) => {
  assert.equal(error.name, 'InvalidTransactionError', `${error}`);
  const reason = error.details.InvalidTxError.InvalidAccessKeyError;
  assert.ok(reason === kind || Object.hasOwn(reason, kind), JSON.stringify(reason));
  return true;
};

const keyNotFound = accessKeyError('AccessKeyNotFound');

// Not secp256k1: near-kit 0.19 puts the recovery id before the signature, where NEAR wants it last.
const CURVES = [
  ['ed25519', () => generateKey()],
  ['ml-dsa-65', () => MlDsa65KeyPair.fromRandom()],
];

for (const [curve, make] of CURVES) {
  test(`an account is created, used and listed with a key of ${curve}`, async () => {
    const account = await newAccount(`made-${curve}`, { key: make() });
    await from(account).transfer(root.id, '1 NEAR').send(FINAL);
    assert.ok(Number(await near.getBalance(account.id)) < 9.0);
    const [listed, ...others] = await keysOf(account.id);
    assert.equal(others.length, 0);
    assert.equal(listed.access_key.permission, 'FullAccess');
    assert.equal(listed.access_key.nonce % 1_000_000, 1);
  });
}

test('a function-call key calls its contract and pays from its allowance', async () => {
  const contract = await newAccount('kit-game', { contract: true });
  const player = await newAccount('kit-player');
  const key = await addGameKey(player, contract);
  const play = driver.program(driver.storageWrite('score', '7'), driver.valueReturn('"done"'));
  const result = await from(player, key).functionCall(contract.id, 'play', play, GAS).send(FINAL);
  assert.equal(Buffer.from(result.status.SuccessValue, 'base64').toString(), '"done"');
  const { permission } = await near.getAccessKey(player.id, key.publicKey.toString());
  assert.equal(permission.FunctionCall.receiver_id, contract.id);
  assert.deepEqual(permission.FunctionCall.method_names, ['play', 'claim']);
  assert.ok(BigInt(permission.FunctionCall.allowance) < 25n * 10n ** 22n);
  const { values } = await near.viewState(contract.id, { prefix: Buffer.from('sco').toString('base64') });
  assert.equal(values.length, 1);
});

test('a function-call key is refused everything else', async () => {
  const contract = await newAccount('kit-narrow', { contract: true });
  const elsewhere = await newAccount('kit-elsewhere', { contract: true });
  const owner = await newAccount('kit-narrow-owner');
  const key = await addGameKey(owner, contract);
  const nothing = driver.program();
  const call = (to, method, options = GAS) => from(owner, key).functionCall(to.id, method, nothing, options);
  const refused = (transaction, kind) => assert.rejects(transaction.send(FINAL), accessKeyError(kind));
  await refused(call(elsewhere, 'play'), 'ReceiverMismatch');
  await refused(call(contract, 'recover'), 'MethodNameMismatch');
  await refused(call(contract, 'play', { ...GAS, attachedDeposit: '1 yocto' }), 'DepositWithFunctionCall');
  await refused(from(owner, key).transfer(contract.id, '1 yocto'), 'RequiresFullAccess');
  const poor = await addGameKey(owner, contract, '0.001 NEAR');
  await refused(from(owner, poor).functionCall(contract.id, 'play', nothing, GAS), 'NotEnoughAllowance');
});

test('keys are rotated in one transaction', async () => {
  const account = await newAccount('kit-rotating');
  const next = generateKey();
  await from(account)
    .addKey(next.publicKey.toString(), { type: 'fullAccess' })
    .deleteKey(account.id, account.key.publicKey.toString())
    .send(FINAL);
  await assert.rejects(from(account).transfer(root.id, '1 yocto').send(FINAL), keyNotFound);
  await from(account, next).transfer(root.id, '1 yocto').send(FINAL);
  assert.equal((await keysOf(account.id)).length, 1);
});

test('an account without keys is locked', async () => {
  const account = await newAccount('kit-locked');
  await from(account).deleteKey(account.id, account.key.publicKey.toString()).send(FINAL);
  assert.deepEqual(await keysOf(account.id), []);
  await assert.rejects(from(account).transfer(root.id, '1 yocto').send(FINAL), keyNotFound);
  assert.equal(await near.getAccessKey(account.id, account.key.publicKey.toString()), null);
});

test('a contract adds a key to itself', async () => {
  const contract = await newAccount('kit-self-made', { contract: true });
  const key = generateKey();
  const add = driver.program(
    driver.batchCreate(contract.id),
    driver.addFullAccessKey(0, driver.publicKeyBytes(0, key.publicKey.data)),
    driver.promiseReturn(0),
  );
  await near.call(contract.id, 'run', add, { signerId: root.id, gas: '30 Tgas', waitUntil: 'FINAL' });
  await from(contract, key).transfer(root.id, '1 yocto').send(FINAL);
});

test('a key that may only call create_account creates accounts', async () => {
  const registrar = await newAccount('kit-registrar', { contract: true });
  const faucet = generateKey();
  const permission = { type: 'functionCall', receiverId: registrar.id, methodNames: ['create_account'], allowance: '1 NEAR' };
  await from(registrar).addKey(faucet.publicKey.toString(), permission).send(FINAL);
  const newcomer = { id: `newcomer.${registrar.id}`, key: generateKey() };
  const create = driver.program(
    driver.batchCreate(newcomer.id),
    driver.createAccount(0),
    driver.transfer(0, 10n ** 24n),
    driver.addFullAccessKey(0, driver.publicKeyBytes(0, newcomer.key.publicKey.data)),
    driver.promiseReturn(0),
  );
  await from(registrar, faucet).functionCall(registrar.id, 'create_account', create, GAS).send(FINAL);
  await from(newcomer).transfer(root.id, '1 yocto').send(FINAL);
  const other = from(registrar, faucet).functionCall(registrar.id, 'run', create, GAS).send(FINAL);
  await assert.rejects(other, accessKeyError('MethodNameMismatch'));
});

test('a transfer makes an implicit account whose key is its name', async () => {
  const key = generateKey();
  const account = { id: Buffer.from(key.publicKey.data).toString('hex'), key };
  await near.transaction(root.id).transfer(account.id, '1 NEAR').send(FINAL);
  await from(account).transfer(root.id, '0.5 NEAR').send(FINAL);
  const [listed] = await keysOf(account.id);
  assert.equal(listed.public_key, key.publicKey.toString());
});

test('a gas key pays for the transactions of its parallel nonces', async () => {
  const account = await newAccount('kit-gas-key');
  const gasKey = generateKey();
  const name = gasKey.publicKey.toString();
  await from(account).addKey(name, { type: 'gasKeyFullAccess', numNonces: 2 }).send(FINAL);
  await from(account).transferToGasKey(name, '1 NEAR').send(FINAL);
  const sent = [0, 1].map((index) => from(account, gasKey).useGasKey(index).transfer(root.id, '1 yocto').send(FINAL));
  await Promise.all(sent);
});
