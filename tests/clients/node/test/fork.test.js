// Real clients on a fork: accounts, keys and contracts of the network it was forked from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Account, JsonRpcProvider, KeyPair, KeyPairSigner, actions } from 'near-api-js';
import { AccessKeyMethodNameMismatchActionError } from 'near-api-js/rpc-errors';
import { Near, generateKey } from 'near-kit';

import * as driver from '../support/driver.js';
import { NEAR, forkNode, root, startNode } from '../support/node.js';

const GAS = 30n * 10n ** 12n;
const game = `game.${root.id}`;
const player = `player.${root.id}`;
const playerKey = KeyPair.fromRandom('ed25519');
const gameKey = KeyPair.fromRandom('ed25519');

let network;
let fork;
let there;
let here;

/** Signs and sends in the name of `accountId`, through `provider`. */
const send = (provider, accountId, key, receiverId, list) =>
  new Account(accountId, provider, new KeyPairSigner(key)).signAndSendTransaction({
    receiverId,
    actions: list,
    waitUntil: 'FINAL',
  });

const call = (method, ...operations) => actions.functionCall(method, driver.program(...operations), GAS, 0n);

const newAccount = (...more) => [actions.createAccount(), actions.transfer(10n * NEAR), ...more];

// The network has a contract and a player with a key for one of its methods; then it is forked.
before(async () => {
  network = await startNode();
  there = new JsonRpcProvider({ url: network.url });
  const rootKey = KeyPair.fromString(root.secretKey);
  const full = actions.addFullAccessKey(playerKey.getPublicKey());
  await send(there, root.id, rootKey, game, newAccount(full, actions.deployContract(driver.wasm)));
  const play = actions.addFunctionCallAccessKey(gameKey.getPublicKey(), game, ['play'], NEAR / 4n);
  await send(there, root.id, rootKey, player, newAccount(full));
  await send(there, player, playerKey, player, [play]);
  fork = await forkNode(network.url);
  here = new JsonRpcProvider({ url: fork.url });
});
after(async () => {
  await fork?.stop();
  await network?.stop();
});

test('near-api-js uses keys and contracts of the network, which does not change', async () => {
  const before = await there.viewAccount({ accountId: player });
  const { keys } = await here.viewAccessKeyList({ accountId: player });
  assert.equal(keys.length, 2);
  const played = await send(here, player, gameKey, game, [
    call('play', driver.storageWrite('score', '7'), driver.valueReturn('done')),
  ]);
  assert.equal(Buffer.from(played.status.SuccessValue, 'base64').toString(), 'done');
  await assert.rejects(send(here, player, gameKey, game, [call('claim')]), AccessKeyMethodNameMismatchActionError);
  const unchanged = await there.viewAccount({ accountId: player });
  assert.deepEqual(unchanged.amount, before.amount);
});

test('near-kit creates and uses accounts that only the fork has', async () => {
  const near = new Near({
    network: { rpcUrl: fork.url, networkId: 'localnet' },
    keyStore: { [root.id]: root.secretKey },
  });
  const [id, key] = [`new.${root.id}`, generateKey()];
  await near
    .transaction(root.id)
    .createAccount(id)
    .transfer(id, '10 NEAR')
    .addKey(key.publicKey.toString(), { type: 'fullAccess' })
    .send({ waitUntil: 'FINAL' });
  await near.transaction(id).signWith(key.secretKey).transfer(player, '1 NEAR').send({ waitUntil: 'FINAL' });
  assert.ok(Number(await near.getBalance(id)) < 9.0);
  const onNetwork = new Near({ network: { rpcUrl: network.url, networkId: 'localnet' } });
  assert.equal(await onNetwork.accountExists(id), false);
});
