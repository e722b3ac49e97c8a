'use strict';

/** What a transaction did. */
class Outcome {
  constructor({ value, executions, ...fields }) {
    Object.assign(this, fields);
    /** The returned bytes; undefined unless it succeeded. */
    this.value = value === null ? undefined : Buffer.from(value, 'base64');
    this.executions = executions.map((execution) => ({
      ...execution,
      value: execution.value === null ? undefined : Buffer.from(execution.value, 'base64'),
    }));
  }

  /** The returned value, parsed as JSON; undefined if it is empty. */
  json() {
    return parsed(this.value);
  }

  /** The receipts, without refunds. */
  get receipts() {
    return this.executions.slice(1).filter((execution) => !execution.isRefund);
  }
}

const parsed = (bytes) => (bytes?.length ? JSON.parse(bytes.toString()) : undefined);

module.exports = { Outcome, parsed };
