// The story of a limited key with vitest, TypeScript and near-api-js, from the packed package.
import { readFileSync } from 'node:fs';

import { Account, KeyPair, KeyPairSigner, actions } from 'near-api-js';
import { AccessKeyMethodNameMismatchActionError, AccessKeyNotFoundActionError } from 'near-api-js/rpc-errors';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Refused, sandboxForFile } from 'keyway';

const NEAR = 10n ** 24n;
const GAS = 30n * 10n ** 12n;

const file = sandboxForFile({ beforeAll, afterAll, afterEach }, async (sandbox) => {
  const contract = readFileSync(new URL('game.wasm', import.meta.url));
  const game = await sandbox.createAccount('game.near', { contract });
  await game.call('game.near', 'new', {});
  const alice = await sandbox.createAccount('alice.near', { balance: '10 NEAR' });
  const near = new Account('alice.near', sandbox.provider(), sandbox.signer('alice.near'));
  return { alice, near };
});

test('an app has a key for one function', async () => {
  const key = KeyPair.fromRandom('ed25519');
  const grant = actions.addFunctionCallAccessKey(key.getPublicKey(), 'game.near', ['play'], NEAR / 4n);
  await file.near.signAndSendTransaction({ receiverId: 'alice.near', actions: [grant] });
  const app = new Account('alice.near', file.near.provider, new KeyPairSigner(key));
  const call = (method: string) => [actions.functionCall(method, { heads: true }, GAS, 0n)];
  await app.signAndSendTransaction({ receiverId: 'game.near', actions: call('play') });
  const refused = app.signAndSendTransaction({ receiverId: 'game.near', actions: call('leave') });
  await expect(refused).rejects.toBeInstanceOf(AccessKeyMethodNameMismatchActionError);
});

test('the next test finds the chain as it was', async () => {
  expect(await file.alice.balance()).toBe(10n * NEAR);
  expect(await file.alice.accessKeys()).toHaveLength(1);
});

test('a refusal has a kind', async () => {
  await expect(file.alice.transfer('near', '99 NEAR')).rejects.toMatchObject({
    name: 'Refused',
    kind: 'Refused.Signer.Budget.NotEnough',
  });
  await expect(file.alice.transfer('near', '99 NEAR')).rejects.toBeInstanceOf(Refused);
});

test('a deleted key signs no more', async () => {
  const { publicKey } = file.alice;
  const remove = [actions.deleteKey(await file.near.getSigner()!.getPublicKey())];
  await file.near.signAndSendTransaction({ receiverId: 'alice.near', actions: remove });
  const again = file.near.signAndSendTransaction({ receiverId: 'near', actions: [actions.transfer(1n)] });
  await expect(again).rejects.toBeInstanceOf(AccessKeyNotFoundActionError);
  expect((await file.sandbox.lockVerdict('alice.near')).verdict, publicKey).toBe('sealed');
});
