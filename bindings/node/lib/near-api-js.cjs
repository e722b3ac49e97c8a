'use strict';
// near-api-js in process: its own JsonRpcProvider, whose requests go to a sandbox instead of a port.

let library;

/** Takes the near-api-js that ES modules import, so that `instanceof` holds. */
const use = (nearApiJs) => {
  library = nearApiJs;
  Provider = undefined;
};

const nearApiJs = () => {
  if (library === undefined) {
    try {
      library = require('near-api-js');
    } catch (cause) {
      throw new Error('provider() and signer() need near-api-js 7: npm install --save-dev near-api-js', { cause });
    }
  }
  return library;
};

let Provider;
const providerClass = () => {
  const { JsonRpcProvider } = nearApiJs();
  Provider ??= class SandboxProvider extends JsonRpcProvider {
    #sandbox;

    constructor(sandbox) {
      super({ url: 'keyway:sandbox' });
      this.#sandbox = sandbox;
    }

    async sendJsonRpc(method, params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 'keyway', method, params });
      const text = await this.#sandbox.rpcText(body);
      const answer = JSON.parse(text);
      if (isResult(answer)) return answer.result;
      // near-api-js does not export how it reads errors. A `data:` URL gives it this answer to read.
      const reader = new JsonRpcProvider({ url: `data:application/json,${encodeURIComponent(text)}` });
      return reader.sendJsonRpc(method, params);
    }
  };
  return Provider;
};

/** Some failed queries have a result with an `error`. */
const isResult = ({ result }) => result === null || (result !== undefined && typeof result.error !== 'string');

const provider = (sandbox) => new (providerClass())(sandbox);
const signer = (secretKey) => nearApiJs().KeyPairSigner.fromSecretKey(secretKey);

module.exports = { provider, signer, use };
