'use strict';

const { Account, secretOf } = require('./account.cjs');
const { askSync, guarded, guardedAsync, native } = require('./native.cjs');
const { Outcome, parsed } = require('./outcome.cjs');
const { Server } = require('./server.cjs');
const { date, nanoseconds, span } = require('./time.cjs');
const { twins } = require('./twins.cjs');
const { argsToWire, toWire } = require('./wire.cjs');

/** A chain that exists, and the keys of its accounts. */
class Copy {
  constructor(native, keys = []) {
    this.native = native;
    this.keys = keys;
  }
}

/** A NEAR chain in this process. */
class Sandbox {
  #accounts = new Map();
  #chainId;
  #keys;

  constructor(options = {}) {
    const { native, keys } = options instanceof Copy ? options : { native: create(options), keys: [] };
    Object.defineProperty(this, 'native', { value: native });
    this.#keys = new Map(keys);
    this.#chainId = askSync(native, 'head', {}).chainId;
    for (const [accountId, account] of Object.entries(options.accounts ?? {})) {
      this.createAccountSync(accountId, account);
    }
  }

  /** Goes on from a dump. */
  static async load(path) {
    return open('load', { path });
  }

  static loadSync(path) {
    return openSync('load', { path });
  }

  /** Goes on from a network: `mainnet`, `testnet`, or URLs with commas between them. */
  static async fork(network, options = {}) {
    return open('fork', { network, ...options });
  }

  static forkSync(network, options = {}) {
    return openSync('fork', { network, ...options });
  }

  /** Goes on from a network as a fork file has it. */
  static async forkFile(path, options = {}) {
    return open('fork_file', { path, ...options });
  }

  static forkFileSync(path, options = {}) {
    return openSync('fork_file', { path, ...options });
  }

  /** An account that exists. It signs with `key`, or else with the key that it was created with. */
  account(accountId, key) {
    const secretKey = key === undefined ? this.#keys.get(accountId) : secretOf(key);
    const name = `${accountId} ${secretKey ?? ''}`;
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = new Account(this, guarded(() => this.native.account(accountId, secretKey)));
      this.#accounts.set(name, account);
    }
    return account;
  }

  /** An account that acts without a key. */
  impersonate(accountId) {
    return new Account(this, guarded(() => this.native.impersonate(accountId)));
  }

  /** The account `near`, which has a billion NEAR. */
  root() {
    return this.account('near');
  }

  /** Notes an account that was created: which key it has. */
  created(accountId, key) {
    if (key !== undefined) this.#keys.set(accountId, secretOf(key));
    return this.account(accountId);
  }

  get chainId() {
    return this.#chainId;
  }

  get height() {
    return askSync(this.native, 'head', {}).height;
  }

  /** The time of the newest block. */
  get now() {
    return date(askSync(this.native, 'head', {}).timeNs);
  }

  async balance(accountId) {
    return (await this.accountInfo(accountId)).total;
  }

  balanceSync(accountId) {
    return this.accountInfoSync(accountId).total;
  }

  snapshot() {
    return guarded(() => this.native.snapshot());
  }

  revert(snapshot) {
    guarded(() => this.native.revert(snapshot));
  }

  /** A copy of the chain, with a future of its own. */
  clone() {
    return new Sandbox(new Copy(guarded(() => this.native.clone()), this.#keys));
  }

  /** Serves the chain over HTTP, on a free port of this machine. */
  async listen({ live = true } = {}) {
    return new Server(await guardedAsync(() => this.native.listen(live)), this);
  }

  /** Answers a JSON-RPC request with the whole answer, `{ jsonrpc, id, result }` or `{ jsonrpc, id, error }`. */
  async rpc(method, params = null) {
    return JSON.parse(await this.rpcText(JSON.stringify({ jsonrpc: '2.0', id: 'keyway', method, params })));
  }

  /** Answers the body of a JSON-RPC request. */
  async rpcText(body) {
    return guarded(() => this.native.rpc(body));
  }

  /** A Provider of near-api-js. */
  provider() {
    return require('./near-api-js.cjs').provider(this);
  }

  /** A Signer of near-api-js: of the account's own key, or of `key`. */
  signer(accountId, key) {
    const { secretKey } = key === undefined ? this.account(accountId) : { secretKey: secretOf(key) };
    return require('./near-api-js.cjs').signer(secretKey);
  }

  /** Frees the chain. */
  dispose() {
    for (const account of this.#accounts.values()) account.dispose();
    this.#accounts.clear();
    this.native.dispose();
  }
}

if (Symbol.dispose) {
  for (const type of [Sandbox, native.NativeSnapshot]) {
    Object.defineProperty(type.prototype, Symbol.dispose, { value: type.prototype.dispose });
  }
}

const create = ({ accounts: _, time, ...options }) => {
  const timeNs = time === undefined ? undefined : nanoseconds(time);
  return guarded(() => new native.NativeSandbox(JSON.stringify(toWire({ ...options, timeNs }))));
};

const open = async (op, source) =>
  new Sandbox(new Copy(await guardedAsync(() => native.NativeSandbox.open(JSON.stringify({ op, ...toWire(source) })))));
const openSync = (op, source) =>
  new Sandbox(new Copy(guarded(() => native.NativeSandbox.openSync(JSON.stringify({ op, ...toWire(source) })))));

/** Reads an account that was created. */
const created = (sandbox, key) => ({ accountId }) => sandbox.created(accountId, key);
const outcome = (answer) => (answer === null ? undefined : new Outcome(answer));

twins(Sandbox.prototype, {
  createAccount(accountId, { balance, key, contract } = {}) {
    const secretKey = key === undefined ? undefined : secretOf(key);
    return ['create_account', { accountId, balance, secretKey, contract }, created(this, key)];
  },
  accountInfo: (accountId) => ['account_info', { accountId }],
  accessKey: (accountId, publicKey) => ['access_key', { accountId, publicKey }],
  accessKeys: (accountId) => ['access_keys', { accountId }],
  gasKeyNonces: (accountId, publicKey) => ['gas_key_nonces', { accountId, publicKey }],
  view: (contract, method, args) => [
    'view',
    { contract, method, ...argsToWire(args) },
    ({ value }) => parsed(Buffer.from(value, 'base64')),
  ],
  viewBytes: (contract, method, args) => [
    'view',
    { contract, method, ...argsToWire(args) },
    ({ value }) => Buffer.from(value, 'base64'),
  ],
  contractState: (accountId, prefix = new Uint8Array()) => [
    'contract_state',
    { accountId, prefix },
    (rows) => rows.map((row) => row.map((text) => Buffer.from(text, 'base64'))),
  ],
  outcome: (hash) => ['outcome', { hash }, outcome],
  outcomeText: (hash) => ['outcome_text', { hash }, (text) => text ?? undefined],
  patch: (records) => ['patch', { records: JSON.stringify(records) }],
  setBalance: (accountId, balance) => ['set_balance', { accountId, balance }],
  setTime: (time) => ['set_time', { timeNs: nanoseconds(time) }],
  advance: (milliseconds) => ['advance', { nanoseconds: span(milliseconds) }],
  freezeTime: () => ['freeze_time', {}],
  stepTime: (milliseconds) => ['step_time', { nanoseconds: span(milliseconds) }],
  freeTime: () => ['free_time', {}],
  mine: (blocks, { intervalMs = 1000 } = {}) => ['mine', { blocks, intervalNs: span(intervalMs) }],
  deleteAccount: (accountId) => ['delete_account', { accountId }],
  deleteAccessKey: (accountId, publicKey) => ['delete_access_key', { accountId, publicKey }],
  deleteData: (accountId, key) => ['delete_data', { accountId, key }],
  deleteContract: (accountId) => ['delete_contract', { accountId }],
  sealBlocks: (count) => ['seal_blocks', { count }],
  fastForward: (blocks) => ['fast_forward', { blocks }],
  explain: (accountId, publicKey, actions, { receiver } = {}) => [
    'explain',
    { accountId, publicKey, receiver, actions: Array.isArray(actions) ? actions : [actions] },
  ],
  forecast: (accountId, publicKey, call = {}) => ['forecast', { accountId, publicKey, ...call }],
  audit: (accountId, options = {}) => ['audit', { accountId, ...options }],
  lockVerdict: (accountId) => ['lock_verdict', { accountId }],
  snapshotNamed: (name, { note } = {}) => ['snapshot_named', { name, note }],
  snapshots: () => ['snapshots', {}],
  revertNamed: (name) => ['revert_named', { name }],
  deleteSnapshot: (name) => ['delete_snapshot', { name }],
  reset: () => ['reset', {}],
  dump: (path) => ['dump', { path }],
  trace: (hash) => ['trace', { hash }, JSON.parse],
  why: (hash) => ['why', { hash }],
  whatIf: (hash, changes) => ['what_if', { hash, changes: Array.isArray(changes) ? changes : [changes] }, JSON.parse],
  keyHistory: (accountId, { publicKey, fromHeight } = {}) => [
    'key_history',
    { accountId, publicKey, fromHeight },
    JSON.parse,
  ],
  forkedFrom: () => ['forked_from', {}, (fork) => fork ?? undefined],
  freeze: (path) => ['freeze', { path }],
});

module.exports = { Sandbox };
