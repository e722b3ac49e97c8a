'use strict';
// near-kit in process. It takes no transport, but gives its RPC client out: `near.rpc.call` is what all requests go through.

/** Lets a `Near` of near-kit use a sandbox in this process instead of its URL. */
const inProcess = (near, sandbox) => {
  const client = near.rpc;
  const RpcClient = client.constructor;
  client.call = async (method, params) => {
    const text = await sandbox.rpcText(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const answer = JSON.parse(text);
    if (answer.error === undefined && answer.result !== undefined) return answer.result;
    // near-kit reads errors where it fetches. A `data:` URL gives it this answer to read.
    const reader = new RpcClient(`data:application/json,${encodeURIComponent(text)}`, {}, { maxRetries: 0, initialDelayMs: 0 });
    return RpcClient.prototype.call.call(reader, method, params);
  };
  return near;
};

module.exports = { inProcess };
