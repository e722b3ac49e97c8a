'use strict';
// Finds the compiled binding for this system, and turns its answers into values and errors.

const { errorOf } = require('./errors.cjs');
const { EventLoop } = require('./event-loop.cjs');
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

const eventLoop = new EventLoop();

/** Asks a native object; one that has `run` and `runSync`. */
const ask = async (object, op, request) => {
  const method = (action) => (action?.method ? `${action.contract}.${action.method}` : '');
  const calls = request.actions?.map(method).join(' ').trim();
  return read(await eventLoop.carryOut(calls, (here) => guarded(() => object.run(write(op, request), here))));
};

const askSync = (object, op, request) => read(guarded(() => object.runSync(write(op, request))));

/** Asks what needs no sandbox. */
const tool = async (op, request) => read(await native.tool(write(op, request)));
const toolSync = (op, request) => read(native.toolSync(write(op, request)));

module.exports = { ask, askSync, guarded, guardedAsync, native, tool, toolSync };
