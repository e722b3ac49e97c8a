'use strict';
// Finds the compiled binding for this system, and turns its answers into values and errors.

const { errorOf } = require('./errors.cjs');
// Taken here, before a test can replace timers and clocks by its own.
const { setImmediate: nextTurn } = require('node:timers/promises');
const { bigint: now } = process.hrtime;
const { libraryPath } = require('./platform.cjs');
const { fromWire, toWire } = require('./wire.cjs');

const native = require(libraryPath());

/** Calls the binding, whose errors are JSON. */
const guarded = (call) => {
  try {
    return call();
  } catch (error) {
    throw thrownBy(error);
  }
};

const guardedAsync = (call) => guarded(call).catch((error) => {
  throw thrownBy(error);
});

const thrownBy = (error) => {
  if (!error.message?.startsWith('{')) return error;
  return errorOf(fromWire(JSON.parse(error.message)));
};

const read = (answer) => {
  const { ok, error } = JSON.parse(answer);
  if (error) throw errorOf(fromWire(error));
  return fromWire(ok);
};

const write = (op, request) => JSON.stringify({ op, ...toWire(request) });

/**
 * Asks a native object; one that has `run` and `runSync`. A short request is carried out at once, and its answer is text.
 * After half a millisecond of them this yields to the event loop, or a loop of awaits would starve timers and sockets.
 */
const ask = async (object, op, request) => {
  const began = now();
  const answer = guarded(() => object.run(write(op, request), busy < MOST_BUSY));
  if (typeof answer !== 'string') return read(await answer);
  busy += Number(now() - began);
  if (busy >= MOST_BUSY) {
    await nextTurn();
    busy = 0;
  }
  return read(answer);
};

/** Nanoseconds of short requests since this last yielded. */
let busy = 0;

const MOST_BUSY = 500_000;

const askSync = (object, op, request) => read(guarded(() => object.runSync(write(op, request))));

/** Asks what needs no sandbox. */
const tool = async (op, request) => read(await native.tool(write(op, request)));
const toolSync = (op, request) => read(native.toolSync(write(op, request)));

module.exports = { ask, askSync, guarded, guardedAsync, native, tool, toolSync };
