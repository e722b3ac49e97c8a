// Which requests are carried out on the event loop's thread.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { inTurn } = createRequire(import.meta.url)('../lib/turns.cjs');

const work = (milliseconds) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

/** Whether a request that takes so long was allowed here. */
const allowed = async (calls, milliseconds, answer = 'text') => {
  let allowed;
  await inTurn(calls, (here) => {
    allowed = here;
    if (here) work(milliseconds);
    return here ? answer : Promise.resolve('text');
  });
  return allowed;
};

test('methods that took long twice in succession go to another thread', async () => {
  const seen = [];
  for (let round = 0; round < 4; round += 1) seen.push(await allowed('a.near.slow', 1.5));
  assert.deepEqual(seen, [true, true, false, false]);
  assert.equal(await allowed('a.near.quick', 0), true);
  assert.equal(await allowed(undefined, 1.5), true, 'what calls nothing is always short');
});

test('a method that took long once is tried again', async () => {
  for (const milliseconds of [1.5, 0, 1.5, 0, 1.5]) assert.equal(await allowed('b.near.first', milliseconds), true);
});

test('what was tried here and given up counts too', async () => {
  for (const expected of [true, true, false]) {
    assert.equal(await allowed('c.near.long', 1.5, Promise.resolve('text')), expected);
  }
});

test('after half a millisecond of work the event loop comes round', async () => {
  let turned = false;
  setImmediate(() => (turned = true));
  assert.equal(await allowed(undefined, 0.6), true);
  assert.equal(turned, true);
});
