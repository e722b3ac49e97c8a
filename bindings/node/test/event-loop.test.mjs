// Which requests are carried out on the event loop's thread.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { EventLoop } = createRequire(import.meta.url)('../lib/event-loop.cjs');

/** Says whether a request may be carried out on the event loop's thread, where it would take so long by a clock of its own. */
const requests = () => {
  let time = 0;
  const loop = new EventLoop(() => time);
  return async (calls, microseconds, answer = 'text') => {
    let allowed;
    const text = await loop.carryOut(calls, (here) => {
      allowed = here;
      if (here) time += microseconds * 1000;
      return here ? answer : Promise.resolve('text');
    });
    assert.equal(text, 'text');
    return allowed;
  };
};

test('methods that took long twice in succession are called on another thread', async () => {
  const allowed = requests();
  for (const expected of [true, true, false, false]) assert.equal(await allowed('game.near.slow', 1000), expected);
  assert.equal(await allowed('game.near.play', 999), true);
  for (let round = 0; round < 3; round += 1) assert.equal(await allowed(undefined, 1000), true, 'it calls nothing');
});

test('a method that took long once is tried again', async () => {
  const allowed = requests();
  for (const microseconds of [1000, 0, 1000, 0, 1000]) assert.equal(await allowed('game.near.play', microseconds), true);
});

test('the time of what was given up counts', async () => {
  const allowed = requests();
  for (const expected of [true, true, false]) {
    assert.equal(await allowed('game.near.long', 1000, Promise.resolve('text')), expected);
  }
});

test('after half a millisecond of short requests timers and sockets have their turn', async () => {
  const allowed = requests();
  let turned = false;
  setImmediate(() => (turned = true));
  assert.equal(await allowed(undefined, 499), true);
  assert.equal(turned, false);
  const second = allowed(undefined, 1);
  assert.equal(await allowed(undefined, 0), false, 'until then');
  await second;
  assert.equal(turned, true);
});
