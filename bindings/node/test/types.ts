// Checked by the compiler, never run: what may be written, and what may not.
import { Account } from 'near-api-js';

import { type Amount, Failed, KeywayError, Refused, Sandbox, actions, binaryPath, changes, randomKey, sandboxForFile } from 'keyway';

export async function story(): Promise<bigint> {
  using sandbox = new Sandbox({ accounts: { 'alice.near': { balance: '10 NEAR' } } });
  const alice = sandbox.account('alice.near');
  const app = await alice.addFunctionCallKey('game.near', { functions: ['play'], gasBudget: '0.25 NEAR' });
  const outcome = await app.call('game.near', 'play', { heads: true }, { gas: '30 Tgas', deposit: 0n });
  const before = sandbox.snapshot();
  await alice.execute([actions.transfer(10n ** 24n), actions.addFullAccessKey(randomKey('ml-dsa-65').publicKey)], {
    receiver: 'near',
  });
  sandbox.revert(before);
  const near = new Account('alice.near', sandbox.provider(), sandbox.signer('alice.near'));
  await near.getState();
  return outcome.gasBurnt + alice.executeSync(actions.deleteKey(app.publicKey ?? '')).tokensBurnt;
}

export async function history(): Promise<number> {
  using fork = await Sandbox.fork('mainnet', { height: 150_000_000, cache: 'target/forks', exactGas: true });
  await fork.snapshotNamed('fresh', { note: 'nothing is read' });
  const [fresh] = fork.snapshotsSync();
  await fork.dump('state.keyway');
  using again = Sandbox.loadSync('state.keyway');
  const time: bigint = fresh?.timeNs ?? 0n;
  return ((await fork.forkedFrom())?.requests ?? 0) + (await again.why('hash')).length + Number(time);
}

export function otherwise(sandbox: Sandbox, hash: string): string[] {
  const { differences } = sandbox.whatIfSync(hash, [changes.gas('100 Tgas'), changes.allowance('a.near', 'ed25519:…', null)]);
  const history = sandbox.keyHistorySync('a.near', { fromHeight: 7 });
  return [binaryPath(), ...differences.map(({ what }) => what), ...history.events.map(({ event }) => event)];
}

export function figures(error: unknown): Amount {
  if (error instanceof Failed) return error.outcome.gasBurnt;
  if (error instanceof Refused) return error.figures.cost;
  if (error instanceof KeywayError) return error.kind;
  return 0n;
}

declare const hooks: { before(run: () => Promise<void>): void; after(run: () => void): void; afterEach(run: () => void): void };
export const file = sandboxForFile(hooks, async (sandbox) => ({ bob: await sandbox.createAccount('bob.near') }));
export const bob: string = file.bob.id;

// @ts-expect-error a number is no amount: NEAR or yoctoNEAR?
actions.transfer(5);
// @ts-expect-error a key without a budget
actions.addFunctionCallKey('ed25519:…', 'game.near', { functions: ['play'] });
// @ts-expect-error a gas key pays from its balance, not from a budget
actions.addFunctionCallGasKey('ed25519:…', 'game.near', { functions: ['play'], nonces: 4, gasBudget: '1 NEAR' });
// @ts-expect-error no such curve
randomKey('rsa');
// @ts-expect-error a number is no amount here either
changes.balance('alice.near', 5);
