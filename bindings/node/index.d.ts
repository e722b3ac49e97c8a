/// <reference lib="esnext.disposable" />

/** NEAR: text with a unit, such as `"0.25 NEAR"`, or a bigint of yoctoNEAR. */
export type Amount = string | bigint;
/** Gas: text with a unit, such as `"30 Tgas"`, or a bigint of gas units. */
export type Gas = string | bigint;
/** A signature scheme. */
export type Curve = 'ed25519' | 'secp256k1' | 'ml-dsa-65';
/** Arguments of a call: bytes as they are, anything else as JSON. */
export type Args = unknown;

// Without near-api-js installed, these are `any`.
// @ts-ignore
type Provider = import('near-api-js').Provider;
// @ts-ignore
type Signer = import('near-api-js').Signer;

/** A key pair. The secret is not shown when it is logged. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

export interface SandboxOptions {
  /** Accounts to create, by name. */
  accounts?: Record<string, NewAccount>;
  /** By default `sandbox`. */
  chainId?: string;
  /** By default the newest. */
  protocolVersion?: number;
  /** The time of the first block; a bigint is nanoseconds since 1970. */
  time?: Date | bigint;
  /** In blocks; by default 500. */
  epochLength?: number;
  /** Blocks after which a transaction expires; by default 86,400. */
  validityPeriod?: number;
  /** Keep only this many blocks in memory. */
  keepBlocks?: number;
}

export interface NewAccount {
  /** By default 100 NEAR. */
  balance?: Amount;
  /** By default the key that is derived from the account's name, which anybody can derive. */
  key?: string | KeyPair;
  /** The code of its contract. */
  contract?: Uint8Array;
}

/** The limits of a function-call key. The functions and the budget are required; nothing is allowed by default. */
export interface FunctionCallLimits {
  functions?: string[];
  /** Every function that needs no deposit, also those that the contract gets later. */
  anyFunction?: boolean;
  gasBudget: Amount | 'unlimited';
}

export interface GasKeyLimits {
  functions?: string[];
  anyFunction?: boolean;
  /** How many nonce rows: 1 to 1024. */
  nonces: number;
}

export interface CallOptions {
  /** By default 30 Tgas. */
  gas?: Gas;
  deposit?: Amount;
}

/** An action: what the functions of `actions` write. */
export interface Action {
  readonly type: string;
}

export declare const actions: {
  createAccount(): Action;
  transfer(amount: Amount): Action;
  call(contract: string, method: string, args?: Args, options?: CallOptions): Action;
  addFullAccessKey(publicKey: string): Action;
  addFunctionCallKey(publicKey: string, contract: string, limits: FunctionCallLimits): Action;
  addFullAccessGasKey(publicKey: string, nonces: number): Action;
  addFunctionCallGasKey(publicKey: string, contract: string, limits: GasKeyLimits): Action;
  fundGasKey(publicKey: string, amount: Amount): Action;
  withdrawFromGasKey(publicKey: string, amount: Amount): Action;
  deleteKey(publicKey: string): Action;
  deploy(code: Uint8Array): Action;
  deployGlobalByHash(code: Uint8Array): Action;
  deployGlobalByAccount(code: Uint8Array): Action;
  useGlobalByHash(hash: string): Action;
  useGlobalByAccount(owner: string): Action;
  stake(amount: Amount, validatorKey: string): Action;
  deleteAccount(beneficiary: string): Action;
  /** A delegate action that `Account.signDelegate` gave. */
  delegate(signed: Uint8Array): Action;
};

/** Something about a past transaction that would have been different; the functions in `changes` write them. */
export interface Change {
  readonly type: string;
}

/** Which action of the transaction, counted from 0; by default the first. */
export interface WhichAction {
  action?: number;
}

export declare const changes: {
  balance(accountId: string, amount: Amount): Change;
  /** A key as NEAR's RPC shows it; null if it had not been there. */
  key(accountId: string, publicKey: string, accessKey: object | null): Change;
  /** Null is no limit. */
  allowance(accountId: string, publicKey: string, amount: Amount | null): Change;
  code(accountId: string, code: Uint8Array): Change;
  /** The time of the transaction's block; a bigint is nanoseconds since 1970. */
  time(time: Date | bigint): Change;
  /** The key that signs. */
  signer(publicKey: string): Change;
  args(args: Args, which?: WhichAction): Change;
  gas(gas: Gas, which?: WhichAction): Change;
  deposit(amount: Amount, which?: WhichAction): Change;
};

/** A past transaction as it was, and as it would have been: traces, with the names of docs/trace.md. */
export interface WhatIf {
  before: any;
  after: any;
  differences: {
    place: string;
    name: string;
    what: string;
    changed: 'added' | 'removed' | { values: { before: string; after: string } };
  }[];
}

/** What happened to the keys of an account, with the names of docs/trace.md. */
export interface KeyHistory {
  account_id: string;
  from_height: number;
  to_height: number;
  /** Oldest first. Amounts are yoctoNEAR as text. */
  events: {
    event: 'existed' | 'added' | 'used' | 'refunded' | 'changed' | 'deleted';
    public_key: string;
    block_height: number;
    timestamp_nanosec: string;
    transaction_hash: string | null;
    [detail: string]: unknown;
  }[];
  /** Where to go on, if there is more than one answer holds. */
  next_height?: number;
}

export interface TransactionOptions {
  /** By default what the actions imply: the contract of a call, else the signer. A transfer needs one. */
  receiver?: string;
}

export interface SignedTransaction {
  hash: string;
  /** In borsh. */
  transaction: Uint8Array;
}

/** An account of a sandbox that acts: with a key, or impersonated. Each method `…Sync` blocks. */
export declare class Account {
  private constructor();
  readonly id: string;
  readonly sandbox: Sandbox;
  /** Undefined if it is impersonated. */
  readonly publicKey: string | undefined;
  readonly secretKey: string | undefined;
  withKey(key: string | KeyPair): Account;
  /** Adds a key for one contract, by default a random one, and gives the account that signs with it. */
  addFunctionCallKey(contract: string, limits: FunctionCallLimits & { key?: KeyPair }): Promise<Account>;
  execute(actions: Action | Action[], options?: TransactionOptions): Promise<Outcome>;
  executeSync(actions: Action | Action[], options?: TransactionOptions): Outcome;
  /** The outcome of `execute`, without changing anything. */
  simulate(actions: Action | Action[], options?: TransactionOptions): Promise<Outcome>;
  simulateSync(actions: Action | Action[], options?: TransactionOptions): Outcome;
  sign(actions: Action | Action[], options?: TransactionOptions): Promise<SignedTransaction>;
  signSync(actions: Action | Action[], options?: TransactionOptions): SignedTransaction;
  /** A delegate action in borsh; it expires after `blocks`, by default 100. */
  signDelegate(actions: Action | Action[], options?: TransactionOptions & { blocks?: number }): Promise<Uint8Array>;
  signDelegateSync(actions: Action | Action[], options?: TransactionOptions & { blocks?: number }): Uint8Array;
  /** Sends a delegate action of another account, and pays for it. */
  relay(signed: Uint8Array): Promise<Outcome>;
  relaySync(signed: Uint8Array): Outcome;
  call(contract: string, method: string, args?: Args, options?: CallOptions): Promise<Outcome>;
  callSync(contract: string, method: string, args?: Args, options?: CallOptions): Outcome;
  transfer(receiver: string, amount: Amount): Promise<Outcome>;
  transferSync(receiver: string, amount: Amount): Outcome;
  deploy(code: Uint8Array): Promise<Outcome>;
  deploySync(code: Uint8Array): Outcome;
  /** In yoctoNEAR. */
  balance(): Promise<bigint>;
  accessKeys(): Promise<AccessKey[]>;
  dispose(): void;
}

export interface Execution {
  id: string;
  /** 0 for the transaction, 1 for its receipt, 2 for the receipts of that one and so on. */
  depth: number;
  predecessorId: string | null;
  executorId: string;
  isRefund: boolean;
  /** As nearcore shows them. */
  actions: unknown[];
  status: 'pending' | 'returned' | 'continued' | 'failed';
  value: Uint8Array | undefined;
  /** Nearcore's error, if it failed. */
  failure: unknown;
  logs: string[];
  gasBurnt: bigint;
  /** In yoctoNEAR. */
  tokensBurnt: bigint;
  blockHash: string | null;
}

/** What a transaction did. */
export declare class Outcome {
  private constructor();
  readonly transactionHash: string;
  readonly signerId: string;
  readonly publicKey: string;
  readonly receiverId: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** The returned bytes. */
  readonly value: Uint8Array | undefined;
  readonly logs: string[];
  readonly gasBurnt: bigint;
  /** In yoctoNEAR. */
  readonly tokensBurnt: bigint;
  /** The transaction and all its receipts. */
  readonly executions: Execution[];
  /** The receipts, without refunds. */
  readonly receipts: Execution[];
  /** The returned value, parsed as JSON; undefined if it is empty. */
  json(): any;
}

export interface AccountInfo {
  accountId: string;
  /** In yoctoNEAR, as the other balances. */
  total: bigint;
  available: bigint;
  locked: bigint;
  storageLocked: bigint;
  /** In bytes. */
  storageUsage: number;
  contract:
    | null
    | { type: 'own' | 'global_by_hash'; codeHash: string }
    | { type: 'global_by_account'; owner: string };
  blockHeight: number;
  blockHash: string;
}

export interface AccessKey {
  publicKey: string;
  nonce: bigint;
  permission: 'full_access' | 'function_call';
  /** The only contract that a function-call key may call. */
  contract: string | null;
  /** The only functions that it may call; null if it may call every one. */
  functions: string[] | null;
  /** What it may still spend on gas, in yoctoNEAR; null if there is no limit. */
  gasBudget: bigint | null;
  gasKey: { balance: bigint; nonces: number } | null;
}

/** What each rule says of a transaction. */
export interface Explanation {
  accepted: boolean;
  /** For people. */
  text: string;
  rules: { rule: string; verdict: string; [detail: string]: unknown }[];
  /** Nearcore's error; null if the chain accepts it. */
  refusal: unknown;
  /** What is certain to fail although the chain accepts it. */
  willFail: unknown;
  remedies: unknown[];
  [detail: string]: unknown;
}

/** How many more calls a key can pay for. */
export interface Forecast {
  /** For people. */
  text: string;
  [detail: string]: unknown;
}

/** Dangerous and useless keys of an account. */
export interface Audit {
  /** For people. */
  text: string;
  accountId: string;
  keys: number;
  findings: { rule: string; level: string; [detail: string]: unknown }[];
  [detail: string]: unknown;
}

/** Whether an account is locked. */
export interface LockReport {
  /** For people. */
  text: string;
  verdict: string;
  [detail: string]: unknown;
}

export interface ForecastCall {
  /** By default the key's contract. */
  contract?: string;
  /** By default the first function that the key lists. */
  method?: string;
  /** By default 30 Tgas. */
  gas?: Gas;
  /** Gas that a call burns in all; by default all that it buys. */
  burnt?: Gas;
  /** Length of the arguments. */
  argsBytes?: number;
}

/** The chain at one moment. */
export interface Snapshot extends Partial<Disposable> {
  readonly height: number;
  dispose(): void;
}

/** A snapshot that the chain keeps itself. */
export interface NamedSnapshot {
  name: string;
  note: string;
  /** The snapshot that the chain came from when this one was saved. */
  parent: string | null;
  height: number;
  blockHash: string;
  /** The time of its newest block, nanoseconds since 1970. */
  timeNs: bigint;
  /** Whether the chain comes from it, directly. */
  current: boolean;
}

export interface ForkOptions {
  /** The hash of a final block; by default the newest final block is forked. */
  block?: string;
  /** The height of a final block, instead of its hash. */
  height?: number;
  /** A directory that keeps what is read, for later forks of the same block. */
  cache?: string;
  /** Reads proofs of small contracts too, so that the gas of writes is exact there. */
  exactGas?: boolean;
}

/** What a chain is a fork of, and how much it has read. */
export interface ForkedFrom {
  chainId: string;
  blockHeight: number;
  blockHash: string;
  /** Rows that are known. */
  rows: number;
  /** Requests to the network. */
  requests: number;
  [detail: string]: unknown;
}

/** A NEAR chain in this process. Each method `…Sync` blocks; the others run beside the event loop, or take microseconds. */
export declare class Sandbox {
  constructor(options?: SandboxOptions);
  /** Goes on where a dumped chain was. */
  static load(path: string): Promise<Sandbox>;
  static loadSync(path: string): Sandbox;
  /**
   * Goes on from a final block of a network: `mainnet`, `testnet`, or URLs of endpoints with commas between them. What
   * is needed is read when it is needed; nothing is ever sent there. `account()` then blocks while it reads an account;
   * after `await sandbox.accountInfo(id)` it does not.
   */
  static fork(network: string, options?: ForkOptions): Promise<Sandbox>;
  static forkSync(network: string, options?: ForkOptions): Sandbox;
  /** Opens a fork file. What it does not have is read from `online`, if that is given. */
  static forkFile(path: string, options?: { online?: string }): Promise<Sandbox>;
  static forkFileSync(path: string, options?: { online?: string }): Sandbox;
  readonly chainId: string;
  readonly height: number;
  /** The time of the newest block. */
  readonly now: Date;
  createAccount(accountId: string, account?: NewAccount): Promise<Account>;
  createAccountSync(accountId: string, account?: NewAccount): Account;
  /** An account that exists. It signs with `key`, or else with the key that it was created with. */
  account(accountId: string, key?: string | KeyPair): Account;
  /** An account that acts without a key. */
  impersonate(accountId: string): Account;
  /** The account `near`, which has a billion NEAR. */
  root(): Account;
  /** In yoctoNEAR. */
  balance(accountId: string): Promise<bigint>;
  balanceSync(accountId: string): bigint;
  accountInfo(accountId: string): Promise<AccountInfo>;
  accountInfoSync(accountId: string): AccountInfo;
  accessKey(accountId: string, publicKey: string): Promise<AccessKey>;
  accessKeySync(accountId: string, publicKey: string): AccessKey;
  accessKeys(accountId: string): Promise<AccessKey[]>;
  accessKeysSync(accountId: string): AccessKey[];
  gasKeyNonces(accountId: string, publicKey: string): Promise<bigint[]>;
  gasKeyNoncesSync(accountId: string, publicKey: string): bigint[];
  /** Calls a view function; the returned value, parsed as JSON. */
  view(contract: string, method: string, args?: Args): Promise<any>;
  viewSync(contract: string, method: string, args?: Args): any;
  viewBytes(contract: string, method: string, args?: Args): Promise<Uint8Array>;
  viewBytesSync(contract: string, method: string, args?: Args): Uint8Array;
  /** Keys and values of a contract's data. */
  contractState(accountId: string, prefix?: Uint8Array): Promise<[Uint8Array, Uint8Array][]>;
  contractStateSync(accountId: string, prefix?: Uint8Array): [Uint8Array, Uint8Array][];
  outcome(hash: string): Promise<Outcome | undefined>;
  outcomeSync(hash: string): Outcome | undefined;
  /** The outcome for people. */
  outcomeText(hash: string): Promise<string | undefined>;
  outcomeTextSync(hash: string): string | undefined;
  /** Writes records of a genesis into the state, without applying any rules. */
  patch(records: object[]): Promise<void>;
  patchSync(records: object[]): void;
  setBalance(accountId: string, balance: Amount): Promise<void>;
  setBalanceSync(accountId: string, balance: Amount): void;
  /** Seals a block at a later time; a bigint is nanoseconds since 1970. */
  setTime(time: Date | bigint): Promise<void>;
  setTimeSync(time: Date | bigint): void;
  /** Moves the time ahead, and seals a block then. */
  advance(milliseconds: number): Promise<void>;
  advanceSync(milliseconds: number): void;
  /** Lets time stand still: each block has the time of the one before, plus a nanosecond. */
  freezeTime(): Promise<void>;
  freezeTimeSync(): void;
  /** Gives each block the time of the one before, plus this. */
  stepTime(milliseconds: number): Promise<void>;
  stepTimeSync(milliseconds: number): void;
  /** Lets time pass as it did at first. */
  freeTime(): Promise<void>;
  freeTimeSync(): void;
  /** Makes blocks pass, with this time between them; by default a second. */
  mine(blocks: number, options?: { intervalMs?: number }): Promise<void>;
  mineSync(blocks: number, options?: { intervalMs?: number }): void;
  /** Deletes an account with all that it has, without applying any rules. */
  deleteAccount(accountId: string): Promise<void>;
  deleteAccountSync(accountId: string): void;
  deleteAccessKey(accountId: string, publicKey: string): Promise<void>;
  deleteAccessKeySync(accountId: string, publicKey: string): void;
  deleteData(accountId: string, key: Uint8Array): Promise<void>;
  deleteDataSync(accountId: string, key: Uint8Array): void;
  deleteContract(accountId: string): Promise<void>;
  deleteContractSync(accountId: string): void;
  sealBlocks(count: number): Promise<void>;
  sealBlocksSync(count: number): void;
  fastForward(blocks: number): Promise<void>;
  fastForwardSync(blocks: number): void;
  snapshot(): Snapshot;
  /** Goes back to a snapshot: state, blocks and time. */
  revert(snapshot: Snapshot): void;
  /** Saves the chain under a name that clients see too (`keyway_snapshot_*`). A note has at most 1,024 bytes. */
  snapshotNamed(name: string, options?: { note?: string }): Promise<void>;
  snapshotNamedSync(name: string, options?: { note?: string }): void;
  /** The named snapshots, in the order in which they were saved. */
  snapshots(): Promise<NamedSnapshot[]>;
  snapshotsSync(): NamedSnapshot[];
  /** Goes back to a named snapshot. All named snapshots stay. */
  revertNamed(name: string): Promise<void>;
  revertNamedSync(name: string): void;
  deleteSnapshot(name: string): Promise<void>;
  deleteSnapshotSync(name: string): void;
  /** Goes back to the first block, and deletes all named snapshots. */
  reset(): Promise<void>;
  resetSync(): void;
  /** Writes the chain into a file, for `Sandbox.load` and `keyway run --load`. */
  dump(path: string): Promise<void>;
  dumpSync(path: string): void;
  /** Everything that a transaction did, as `keyway tx trace --json` prints it: names and numbers as they are there. */
  trace(hash: string): Promise<any>;
  traceSync(hash: string): any;
  /** Why a transaction ended as it did, for people. */
  why(hash: string): Promise<string>;
  whySync(hash: string): string;
  /** What a past transaction would have done if something had been different. Nothing on the chain changes. */
  whatIf(hash: string, changes: Change | Change[]): Promise<WhatIf>;
  whatIfSync(hash: string, changes: Change | Change[]): WhatIf;
  /** What happened to an account's keys, or to one of them, from the oldest block that is kept or from a height. */
  keyHistory(accountId: string, options?: { publicKey?: string; fromHeight?: number }): Promise<KeyHistory>;
  keyHistorySync(accountId: string, options?: { publicKey?: string; fromHeight?: number }): KeyHistory;
  /** What the chain is a fork of, and how much it has read; undefined if it is none. */
  forkedFrom(): Promise<ForkedFrom | undefined>;
  forkedFromSync(): ForkedFrom | undefined;
  /** Writes what a fork has read into a fork file, for `Sandbox.forkFile`. */
  freeze(path: string): Promise<void>;
  freezeSync(path: string): void;
  /** A copy of the chain, with a future of its own. */
  clone(): Sandbox;
  /** Serves the chain on a free port of this machine. If `live`, as by default, time passes and blocks are sealed. */
  listen(options?: { live?: boolean }): Promise<Server>;
  /** Answers a JSON-RPC request with the whole answer. */
  rpc(method: string, params?: unknown): Promise<{ result?: any; error?: any }>;
  /** Answers the body of a JSON-RPC request. */
  rpcText(body: string): Promise<string>;
  /** Why a key can or cannot sign these actions. */
  explain(accountId: string, publicKey: string, actions: Action | Action[], options?: TransactionOptions): Promise<Explanation>;
  explainSync(accountId: string, publicKey: string, actions: Action | Action[], options?: TransactionOptions): Explanation;
  forecast(accountId: string, publicKey: string, call?: ForecastCall): Promise<Forecast>;
  forecastSync(accountId: string, publicKey: string, call?: ForecastCall): Forecast;
  audit(accountId: string, options?: { signerContracts?: string[] }): Promise<Audit>;
  auditSync(accountId: string, options?: { signerContracts?: string[] }): Audit;
  lockVerdict(accountId: string): Promise<LockReport>;
  lockVerdictSync(accountId: string): LockReport;
  /** A Provider of near-api-js 7, in process. */
  provider(): Provider;
  /** A Signer of near-api-js 7: of the account's own key, or of `key`. */
  signer(accountId: string, key?: string | KeyPair): Signer;
  /** Frees the chain. `using sandbox = new Sandbox()` does it at the end of the block. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A sandbox that is served over HTTP. near-kit takes it as it is: `new Near({ network: server })`. */
export declare class Server {
  private constructor();
  readonly url: string;
  readonly rpcUrl: string;
  readonly networkId: string;
  readonly rootAccount: { id: string; secretKey: string };
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Any error of Keyway. */
export declare class KeywayError extends Error {
  protected constructor();
  /** A stable name, as in docs/errors.md: `Refused.Signer.AccessKey.Function.NotAllowed`. */
  readonly kind: string;
  /** The values in the text: amounts are bigint. */
  readonly figures: Record<string, any>;
  /** The name of the same error in near-api-ts, if it has one. */
  readonly nearApiTsKind?: string;
}
/** An argument is invalid; nothing was sent. */
export declare class ArgumentError extends KeywayError {}
/** The chain refused the transaction: it never runs and costs nothing. */
export declare class Refused extends KeywayError {}
/** The transaction ran and failed. */
export declare class Failed extends KeywayError {
  readonly outcome: Outcome;
}
/** A query has no answer: no such account, key, contract or function. */
export declare class QueryError extends KeywayError {}
/** No key can sign. */
export declare class KeyError extends KeywayError {}
/** A sandbox cannot do this. */
export declare class SandboxError extends KeywayError {}

export declare function randomKey(curve?: Curve): KeyPair;
export declare function keyFromSecret(secretKey: string): KeyPair;
export declare function keyFromPhrase(phrase: string, path?: string): KeyPair;
/** The key pair that is derived from an account's name. Anybody can derive it. */
export declare function knownKey(accountId: string): KeyPair;

/**
 * The path of the binary `keyway` that is installed with this package, as for `NEAR_SANDBOX_BIN_PATH`. A process that is
 * started from it directly, not by `npx keyway`, gets every signal itself.
 */
export declare function binaryPath(): string;
/** What a contract could do to an account without keys. */
export declare function contractPowers(wasm: Uint8Array): Promise<LockReport>;

/** Lets a `Near` of near-kit use a sandbox in this process instead of its URL. */
export declare function inProcess<Near extends { rpc: any }>(near: Near, sandbox: Sandbox): Near;

/** The hooks of node:test, vitest or jest. */
export interface Hooks {
  before?(run: () => Promise<void>): void;
  beforeAll?(run: () => Promise<void>): void;
  after?(run: () => void): void;
  afterAll?(run: () => void): void;
  afterEach(run: () => void): void;
}

/** A chain that `setUp` prepares once, and that every test of the file finds as it left it. */
export declare function sandboxForFile<Prepared extends object>(
  hooks: Hooks,
  setUp: (sandbox: Sandbox) => Prepared | Promise<Prepared>,
  options?: SandboxOptions,
): { sandbox: Sandbox } & Prepared;

/** A test with a chain of its own: `test('…', withSandbox(async (sandbox) => { … }))`. */
export declare function withSandbox(
  body: (sandbox: Sandbox) => void | Promise<void>,
  options?: SandboxOptions,
): () => Promise<void>;
