'use strict';
// Which requests are carried out on the event loop's thread, and when it is yielded to: short ones are, because finding
// another thread takes longer.

// Taken here, before a test can replace timers and clocks by its own.
const { setImmediate: nextTurn } = require('node:timers/promises');
const { bigint: nanoseconds } = process.hrtime;

/** The use of one event loop, measured by a clock in nanoseconds. */
class EventLoop {
  #now;
  /** Nanoseconds of short requests since this last yielded. */
  #busy = 0;
  /** How often in succession calls of these methods took long here. */
  #slow = new Map();

  constructor(now = () => Number(nanoseconds())) {
    this.#now = now;
  }

  /**
   * Carries out a request by `run(here)`, which returns text if `here` and the request is short, and otherwise a promise.
   * `calls` names the methods that it calls, if any: gas says little about time, so methods that took long here are called
   * on another thread from then on.
   *
   * After half a millisecond of short requests this yields to the event loop, or a loop of awaits would starve timers and
   * sockets.
   */
  async carryOut(calls, run) {
    const here = this.#busy < MOST_BUSY && (this.#slow.get(calls) ?? 0) < MOST_SLOW;
    const began = this.#now();
    const answer = run(here);
    if (here) {
      const took = this.#now() - began;
      this.#busy += took;
      if (calls) this.#remember(calls, took);
    }
    if (typeof answer === 'string' && this.#busy < MOST_BUSY) return answer;
    const text = typeof answer === 'string' ? (await nextTurn(), answer) : await answer;
    this.#busy = 0;
    return text;
  }

  #remember(calls, took) {
    if (took < LONG) {
      this.#slow.delete(calls);
    } else {
      if (this.#slow.size >= MOST_NAMES) this.#slow.clear();
      this.#slow.set(calls, (this.#slow.get(calls) ?? 0) + 1);
    }
  }
}

const MOST_BUSY = 500_000;
const LONG = 1_000_000;
/** Once may have been the first time, which loads the contract. */
const MOST_SLOW = 2;
const MOST_NAMES = 1000;

module.exports = { EventLoop };
