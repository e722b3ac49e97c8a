'use strict';
// A method that returns a promise, and its twin `…Sync` that blocks.

const { ask, askSync } = require('./native.cjs');

/**
 * Defines `name` and `nameSync` on a class. `method` gets a function that asks the native object, the object and the
 * arguments, and returns `[op, request, read]`: what to ask, and how to read the answer.
 */
const twins = (prototype, methods) => {
  for (const [name, method] of Object.entries(methods)) {
    define(prototype, name, async function (...args) {
      const [op, request, read = same] = method.call(this, ...args);
      return read(await ask(this.native, op, request));
    });
    define(prototype, `${name}Sync`, function (...args) {
      const [op, request, read = same] = method.call(this, ...args);
      return read(askSync(this.native, op, request));
    });
  }
};

const define = (prototype, name, value) => {
  Object.defineProperty(value, 'name', { value: name });
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
};

const same = (value) => value;

module.exports = { twins };
