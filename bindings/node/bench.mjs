// What things cost from Node.js: node bench.mjs. Use a binding that was built with optimisation.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { Sandbox } from 'keyway';

const wasm = readFileSync(new URL('../../contracts/wasm/game.wasm', import.meta.url));
const accounts = { 'alice.near': { balance: '1000 NEAR' } };

/** Microseconds of `body`: the median of `rounds`. */
const median = async (name, rounds, body) => {
  for (let round = 0; round < rounds / 10; round += 1) await body();
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await body();
    times.push((performance.now() - start) * 1000);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(44)} ${times[times.length >> 1].toFixed(1).padStart(10)} µs`);
};

const withGame = () => {
  const sandbox = new Sandbox({ accounts: { ...accounts, 'game.near': { contract: wasm } } });
  sandbox.account('game.near').callSync('game.near', 'new', {});
  return sandbox;
};

const sandbox = withGame();
const alice = sandbox.account('alice.near');
const call = { heads: true };

await median('new chain and account', 500, () => new Sandbox({ accounts }).dispose());
await median('transfer', 1000, () => alice.transfer('near', 1n));
await median('transfer, blocking', 1000, () => alice.transferSync('near', 1n));
await median('call', 1000, () => alice.call('game.near', 'play', call));
await median('call, blocking', 1000, () => alice.callSync('game.near', 'play', call));
await median('view', 1000, () => sandbox.view('game.near', 'score_of', { account_id: 'alice.near' }));
await median('snapshot and revert', 1000, () => {
  const before = sandbox.snapshot();
  sandbox.revert(before);
  before.dispose();
});
const provider = await Promise.resolve().then(() => sandbox.provider()).catch(() => undefined);
if (provider) await median('viewAccount of near-api-js', 1000, () => provider.viewAccount({ accountId: 'alice.near' }));

const start = performance.now();
let left = 1000;
const lane = async () => {
  while (left-- > 0) {
    const own = withGame();
    await own.account('alice.near').call('game.near', 'play', call);
    own.dispose();
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, lane));
const seconds = (performance.now() - start) / 1000;
console.log(`${'1,000 isolated tests with a contract call'.padEnd(44)} ${seconds.toFixed(2).padStart(10)} s`);
