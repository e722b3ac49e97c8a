'use strict';
// What `whatIf` changes about a past transaction. Changes are plain objects; these functions write them.

const { argsToWire } = require('./wire.cjs');
const { nanoseconds } = require('./time.cjs');

const balance = (accountId, amount) => ({ type: 'balance', accountId, amount });
const key = (accountId, publicKey, accessKey) => ({
  type: 'key',
  accountId,
  publicKey,
  accessKey: accessKey === null ? undefined : JSON.stringify(accessKey),
});
const allowance = (accountId, publicKey, amount) => ({ type: 'allowance', accountId, publicKey, allowance: amount });
const code = (accountId, wasm) => ({ type: 'code', accountId, code: wasm });
const time = (when) => ({ type: 'time', timeNs: nanoseconds(when) });
const signer = (publicKey) => ({ type: 'signer', publicKey });
const args = (value, { action } = {}) => ({ type: 'args', action, ...argsToWire(value) });
const gas = (amount, { action } = {}) => ({ type: 'gas', action, gas: amount });
const deposit = (amount, { action } = {}) => ({ type: 'deposit', action, deposit: amount });

module.exports = { allowance, args, balance, code, deposit, gas, key, signer, time };
