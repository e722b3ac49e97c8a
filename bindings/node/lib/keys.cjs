'use strict';

const { tool, toolSync } = require('./native.cjs');

/** A new key pair. Not for NEAR of value: it is an ordinary string in memory. */
const randomKey = (curve = 'ed25519') => keyPair(toolSync('random_key', { curve }));
/** The key pair of a secret key. */
const keyFromSecret = (secretKey) => keyPair(toolSync('key_from_secret', { secretKey }));
/** The key pair of a seed phrase. */
const keyFromPhrase = (phrase, path) => keyPair(toolSync('key_from_phrase', { phrase, path }));
/** The key pair that is derived from an account's name. Anybody can derive it. */
const knownKey = (accountId) => keyPair(toolSync('known_key', { accountId }));
/** What a contract could do to an account without keys. */
const contractPowers = (wasm) => tool('contract_powers', { wasm });

/** The secret is not shown when the pair is logged. */
const keyPair = ({ publicKey, secretKey }) => Object.defineProperty({ publicKey }, 'secretKey', { value: secretKey });

module.exports = { contractPowers, keyFromPhrase, keyFromSecret, knownKey, randomKey };
