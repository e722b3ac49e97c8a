'use strict';

const { inspect } = require('node:util');
const { fromWire } = require('./wire.cjs');

/** What a transaction did. */
class Outcome {
  /** The executions as text. Most outcomes are never asked for them, and they are most of an answer. */
  #executions;

  constructor({ value, executions, ...fields }) {
    Object.assign(this, fields);
    /** The returned bytes; undefined unless it succeeded. */
    this.value = bytes(value);
    this.#executions = executions;
    Object.defineProperty(this, 'executions', Outcome.#UNREAD);
  }

  /** The returned value, parsed as JSON; undefined if it is empty. */
  json() {
    return parsed(this.value);
  }

  /** The receipts, without refunds. */
  get receipts() {
    return this.executions.slice(1).filter((execution) => !execution.isRefund);
  }

  /** Shows the executions, not that they are unread. */
  [inspect.custom]() {
    void this.executions;
    return this;
  }

  /** A property that takes its value when it is first read. */
  static #UNREAD = {
    configurable: true,
    enumerable: true,
    get() {
      const executions = fromWire(JSON.parse(this.#executions));
      const value = executions.map((execution) => ({ ...execution, value: bytes(execution.value) }));
      Object.defineProperty(this, 'executions', { configurable: true, enumerable: true, writable: true, value });
      return value;
    },
  };
}

const bytes = (text) => (text === null ? undefined : Buffer.from(text, 'base64'));
const parsed = (value) => (value?.length ? JSON.parse(value.toString()) : undefined);

module.exports = { Outcome, parsed };
