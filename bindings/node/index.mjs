import adapter from './lib/near-api-js.cjs';
import keyway from './index.cjs';

// The same near-api-js that the caller imports, if it is installed.
await import('near-api-js').then(adapter.use, (error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
});

export const {
  Account,
  ArgumentError,
  Failed,
  KeyError,
  KeywayError,
  Outcome,
  QueryError,
  Refused,
  Sandbox,
  SandboxError,
  Server,
  actions,
  binaryPath,
  changes,
  contractPowers,
  inProcess,
  keyFromPhrase,
  keyFromSecret,
  knownKey,
  randomKey,
  sandboxForFile,
  withSandbox,
} = keyway;
