'use strict';

const actions = require('./actions.cjs');
const { askSync, guarded } = require('./native.cjs');
const { Outcome } = require('./outcome.cjs');
const { randomKey } = require('./keys.cjs');
const { twins } = require('./twins.cjs');

/** An account of a sandbox that acts: with a key, or impersonated. */
class Account {
  #sandbox;

  constructor(sandbox, native) {
    this.#sandbox = sandbox;
    Object.defineProperty(this, 'native', { value: native });
    const { accountId, publicKey, secretKey } = askSync(native, 'describe', {});
    this.id = accountId;
    this.publicKey = publicKey;
    Object.defineProperty(this, 'secretKey', { value: secretKey });
  }

  get sandbox() {
    return this.#sandbox;
  }

  /** The same account with another key: text, or what `randomKey` gave. */
  withKey(key) {
    return this.#sandbox.account(this.id, secretOf(key));
  }

  /** Adds a key for one contract, and gives the account that signs with it. */
  async addFunctionCallKey(contract, { key = randomKey(), ...limits } = {}) {
    await this.execute(actions.addFunctionCallKey(key.publicKey, contract, limits));
    return this.withKey(key);
  }

  balance() {
    return this.#sandbox.balance(this.id);
  }

  accessKeys() {
    return this.#sandbox.accessKeys(this.id);
  }

  /** Frees the account's hold on the chain; the sandbox does it when it is disposed of. */
  dispose() {
    guarded(() => this.native.dispose());
  }
}

const outcome = (answer) => new Outcome(answer);
const bytes = (text) => Buffer.from(text, 'base64');
const list = (oneOrMore) => (Array.isArray(oneOrMore) ? oneOrMore : [oneOrMore]);
const transaction = (oneOrMore, { receiver } = {}) => ({ receiver, actions: list(oneOrMore) });

twins(Account.prototype, {
  execute: (list, options) => ['execute', transaction(list, options), outcome],
  simulate: (list, options) => ['simulate', transaction(list, options), outcome],
  sign: (list, options) => [
    'sign',
    transaction(list, options),
    (signed) => ({ ...signed, transaction: bytes(signed.transaction) }),
  ],
  signDelegate: (list, { blocks, ...options } = {}) => [
    'sign_delegate',
    { ...transaction(list, options), blocks },
    bytes,
  ],
  relay: (signed) => ['relay', { signed }, outcome],
  call: (contract, method, args, options) => [
    'execute',
    transaction(actions.call(contract, method, args, options)),
    outcome,
  ],
  transfer: (receiver, amount) => ['execute', transaction(actions.transfer(amount), { receiver }), outcome],
  deploy: (code) => ['execute', transaction(actions.deploy(code)), outcome],
});

const secretOf = (key) => (typeof key === 'string' ? key : key.secretKey);

module.exports = { Account, secretOf };
