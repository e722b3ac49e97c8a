// A sandbox that others reach: over HTTP, and near-kit in process.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { JsonRpcProvider } from 'near-api-js';
import { Near } from 'near-kit';

import { Sandbox, inProcess, withSandbox } from 'keyway';

import { NEAR } from './support.mjs';

const accounts = { 'alice.near': { balance: '10 NEAR' } };

test('a server serves the same chain', withSandbox(async (sandbox) => {
  const server = await sandbox.listen();
  const provider = new JsonRpcProvider({ url: server.url });
  assert.equal((await provider.viewAccount({ accountId: 'alice.near' })).amount, 10n * NEAR);
  await sandbox.account('alice.near').transfer('near', '1 NEAR');
  assert.ok((await provider.viewAccount({ accountId: 'alice.near' })).amount < 9n * NEAR);
  await server.close();
  await server.close();
  await assert.rejects(fetch(server.url));
}, { accounts }));

/** near-kit, with alice's key. */
const kit = (sandbox, network) =>
  new Near({ network, privateKey: sandbox.account('alice.near').secretKey, defaultSignerId: 'alice.near' });

test('near-kit over HTTP', withSandbox(async (sandbox) => {
  const server = await sandbox.listen();
  const near = kit(sandbox, server);
  await near.transaction('alice.near').transfer('near', '1 NEAR').send();
  assert.ok((await sandbox.balance('alice.near')) < 9n * NEAR);
  await server.close();
}, { accounts }));

test('near-kit in process', withSandbox(async (sandbox) => {
  const near = inProcess(kit(sandbox, { rpcUrl: 'http://sandbox.invalid', networkId: 'sandbox' }), sandbox);
  await near.transaction('alice.near').transfer('near', '1 NEAR').send();
  assert.ok((await sandbox.balance('alice.near')) < 9n * NEAR);
  assert.equal(await near.accountExists('alice.near'), true);
  assert.equal(await near.accountExists('nobody.near'), false);
  const lost = near.transaction('alice.near').transfer('near', '99 NEAR').send();
  await assert.rejects(lost, { name: /Error$/ });
}, { accounts }));

test('a key of its own for a client', withSandbox(async (sandbox) => {
  const signer = sandbox.signer('alice.near');
  assert.equal(String(await signer.getPublicKey()), sandbox.account('alice.near').publicKey);
}, { accounts }));

test('an invalid request is answered, not thrown', withSandbox(async (sandbox) => {
  assert.equal((await sandbox.rpc('no_such_method')).error.cause.name, 'METHOD_NOT_FOUND');
  assert.match(await sandbox.rpcText('{'), /PARSE_ERROR|parse/i);
  assert.equal(new Sandbox().chainId, 'sandbox');
}));
