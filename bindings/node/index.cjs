'use strict';

const actions = require('./lib/actions.cjs');
const { Account } = require('./lib/account.cjs');
const changes = require('./lib/changes.cjs');
const errors = require('./lib/errors.cjs');
const keys = require('./lib/keys.cjs');
const { inProcess } = require('./lib/near-kit.cjs');
const { binaryPath } = require('./lib/platform.cjs');
const { Outcome } = require('./lib/outcome.cjs');
const { Sandbox } = require('./lib/sandbox.cjs');
const { Server } = require('./lib/server.cjs');
const { sandboxForFile, withSandbox } = require('./lib/testing.cjs');

module.exports = {
  Account,
  ArgumentError: errors.ArgumentError,
  Failed: errors.Failed,
  KeyError: errors.KeyError,
  KeywayError: errors.KeywayError,
  Outcome,
  QueryError: errors.QueryError,
  Refused: errors.Refused,
  Sandbox,
  SandboxError: errors.SandboxError,
  Server,
  actions,
  binaryPath,
  changes,
  contractPowers: keys.contractPowers,
  inProcess,
  keyFromPhrase: keys.keyFromPhrase,
  keyFromSecret: keys.keyFromSecret,
  knownKey: keys.knownKey,
  randomKey: keys.randomKey,
  sandboxForFile,
  withSandbox,
};
