'use strict';

/** Any error of Keyway: `kind` is a stable name, `figures` are the values in the text. */
class KeywayError extends Error {
  constructor({ kind, message, figures = {}, nearApiTsKind }) {
    super(message);
    this.kind = kind;
    this.figures = figures;
    if (nearApiTsKind) this.nearApiTsKind = nearApiTsKind;
  }

  get name() {
    return this.constructor.name;
  }

  /** The name first, so that a test can match it: `assert.rejects(…, /Function.NotAllowed/)`. */
  toString() {
    return `${this.name} ${this.kind}: ${this.message}`;
  }
}

/** An argument is invalid; nothing was sent. */
class ArgumentError extends KeywayError {}
/** The chain refused the transaction: it never runs and costs nothing. */
class Refused extends KeywayError {}
/** The transaction ran and failed; `outcome` is what it did. */
class Failed extends KeywayError {
  constructor(problem) {
    super(problem);
    const { Outcome } = require('./outcome.cjs');
    this.outcome = new Outcome(problem.outcome);
  }
}
/** A query has no answer: no such account, key, contract or function. */
class QueryError extends KeywayError {}
/** No key can sign. */
class KeyError extends KeywayError {}
/** A sandbox cannot do this. */
class SandboxError extends KeywayError {}

const CLASSES = {
  Argument: ArgumentError,
  Refused,
  Failed,
  Query: QueryError,
  Key: KeyError,
  Sandbox: SandboxError,
};

/** The error of a problem that the binding reports. */
const errorOf = (problem) => {
  const error = new (CLASSES[problem.class] ?? KeywayError)(problem);
  Error.captureStackTrace?.(error, errorOf);
  return error;
};

module.exports = { ArgumentError, Failed, KeyError, KeywayError, QueryError, Refused, SandboxError, errorOf };
