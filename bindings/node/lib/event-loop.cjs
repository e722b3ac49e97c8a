'use strict';
// Which requests are carried out on the event loop's thread, and when it is yielded to: short ones are, because finding
// another thread takes longer.

// Taken here, before a test can replace timers and clocks by its own.
const { setImmediate: nextTurn } = require('node:timers/promises');
const { bigint: now } = process.hrtime;

/**
 * Carries out a request by `run(here)`, which answers with text if `here` and the request is short, and otherwise with a
 * promise. `calls` names the methods of contracts that it calls, if any: gas says little about time, so methods that took
 * long here go to another thread from then on.
 *
 * After half a millisecond of short requests this yields to the event loop, or a loop of awaits would starve timers and
 * sockets.
 */
const inTurn = async (calls, run) => {
  const here = busy < MOST_BUSY && !(slow.get(calls) >= MOST_SLOW);
  const began = now();
  const answer = run(here);
  if (here) {
    const took = Number(now() - began);
    busy += took;
    if (calls) remember(calls, took);
  }
  if (typeof answer !== 'string') {
    const text = await answer;
    busy = 0;
    return text;
  }
  if (busy >= MOST_BUSY) {
    await nextTurn();
    busy = 0;
  }
  return answer;
};

/** Nanoseconds of work on this thread since the event loop came round. */
let busy = 0;

const MOST_BUSY = 500_000;

/** How often in succession the calls of these methods took long here. */
const slow = new Map();

const remember = (calls, took) => {
  if (took < LONG) {
    slow.delete(calls);
  } else {
    if (slow.size >= MOST_NAMES) slow.clear();
    slow.set(calls, (slow.get(calls) ?? 0) + 1);
  }
};

const LONG = 1_000_000;
/** The first call may only have been the first. */
const MOST_SLOW = 2;
const MOST_NAMES = 1000;

module.exports = { inTurn };
