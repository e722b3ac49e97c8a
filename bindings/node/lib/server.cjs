'use strict';

const { knownKey } = require('./keys.cjs');

/** A sandbox that is served over HTTP. near-kit takes it as it is: `new Near({ network: server })`. */
class Server {
  #native;

  constructor(native, sandbox) {
    this.#native = native;
    this.url = native.url;
    this.rpcUrl = native.url;
    this.networkId = sandbox.chainId;
    const { secretKey } = knownKey(ROOT);
    this.rootAccount = Object.defineProperty({ id: ROOT }, 'secretKey', { value: secretKey });
  }

  /** Stops listening. */
  async close() {
    await this.#native.close();
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(Server.prototype, Symbol.asyncDispose, { value: Server.prototype.close });
}

const ROOT = 'near';

module.exports = { Server };
