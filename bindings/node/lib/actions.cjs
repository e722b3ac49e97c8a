'use strict';
// Actions are plain objects; these functions write them. Their names are those of Keyway's Rust library.

const { argsToWire } = require('./wire.cjs');

const createAccount = () => ({ type: 'create_account' });
const transfer = (amount) => ({ type: 'transfer', amount });
const call = (contract, method, args, { gas, deposit } = {}) => ({
  type: 'call',
  contract,
  method,
  ...argsToWire(args),
  gas,
  deposit,
});
const addFullAccessKey = (publicKey) => ({ type: 'add_full_access_key', publicKey });
// The limits as they are, so that the library refuses what a key of that kind does not have.
const addFunctionCallKey = (publicKey, contract, limits = {}) => ({
  type: 'add_function_call_key',
  publicKey,
  contract,
  ...limits,
});
const addFullAccessGasKey = (publicKey, nonces) => ({ type: 'add_full_access_gas_key', publicKey, nonces });
const addFunctionCallGasKey = (publicKey, contract, limits = {}) => ({
  type: 'add_function_call_gas_key',
  publicKey,
  contract,
  ...limits,
});
const fundGasKey = (publicKey, amount) => ({ type: 'fund_gas_key', publicKey, amount });
const withdrawFromGasKey = (publicKey, amount) => ({ type: 'withdraw_from_gas_key', publicKey, amount });
const deleteKey = (publicKey) => ({ type: 'delete_key', publicKey });
const deploy = (code) => ({ type: 'deploy', code });
const deployGlobalByHash = (code) => ({ type: 'deploy_global_by_hash', code });
const deployGlobalByAccount = (code) => ({ type: 'deploy_global_by_account', code });
const useGlobalByHash = (hash) => ({ type: 'use_global_by_hash', hash });
const useGlobalByAccount = (owner) => ({ type: 'use_global_by_account', owner });
const stake = (amount, validatorKey) => ({ type: 'stake', amount, validatorKey });
const deleteAccount = (beneficiary) => ({ type: 'delete_account', beneficiary });
const delegate = (signed) => ({ type: 'delegate', signed });

module.exports = {
  addFullAccessGasKey,
  addFullAccessKey,
  addFunctionCallGasKey,
  addFunctionCallKey,
  call,
  createAccount,
  delegate,
  deleteAccount,
  deleteKey,
  deploy,
  deployGlobalByAccount,
  deployGlobalByHash,
  fundGasKey,
  stake,
  transfer,
  useGlobalByAccount,
  useGlobalByHash,
  withdrawFromGasKey,
};
