// A node with the console, and the tools that fill its chain.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { binary } from '../../clients/node/support/node.js';

const run = promisify(execFile);

/** Starts a chain in memory with the development accounts. Stop it with `stop()`. */
export const startNode = async (...args) => {
  const child = spawn(binary(), ['run', '--port', '0', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const [url] = said.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
    const [link] = said.match(/http:\/\/\S+\/console\S*/) ?? [];
    if (url && (link || args.includes('--no-console')) && (await fetch(`${url}/status`)).ok) {
      return new Node({ url, link, stop, said: () => said });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the node did not answer within 10 s; it said: ${said}`);
};

/** A node, its console and its chain. */
class Node {
  constructor(parts) {
    /** Its address, and the link to the console with the token that lets pages write. */
    this.url = parts.url;
    this.link = parts.link;
    this.stop = parts.stop;
    /** What it has printed so far. */
    this.said = parts.said;
  }

  /** The address of a page of the console, such as `/account/alice.near`. */
  page(path) {
    return `${this.url}/console${path}`;
  }

  /** Calls a JSON-RPC method. */
  async rpc(method, params) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const headers = { 'content-type': 'application/json' };
    const answer = await (await fetch(this.url, { method: 'POST', headers, body })).json();
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /** Runs actions of `signer` without its key, and returns the transaction's hash. */
  async act(signer, receiver, ...actions) {
    const params = { signer_id: signer, receiver_id: receiver, actions };
    return (await this.rpc('keyway_impersonate', params)).transaction.hash;
  }

  /** Creates an account below `near`, with this contract, if any, and returns its name. */
  async create(name, code) {
    const deploy = code ? [{ DeployContract: { code: Buffer.from(code).toString('base64') } }] : [];
    await this.act('near', name, 'CreateAccount', { Transfer: { deposit: `${10n ** 25n}` } }, ...deploy);
    return name;
  }

  /** Runs `keyway …` for this node, and returns its JSON. A failure has the command's `code`. */
  async keyway(args, env = {}) {
    const all = { ...process.env, NEAR_ENV: this.url, ...env };
    const { stdout } = await run(binary(), [...args, '--json'], { env: all });
    return JSON.parse(stdout);
  }
}

/** A function call, as an action. */
export const call = (method, args = '', { gas = 30e12, deposit = '0' } = {}) => ({
  FunctionCall: { method_name: method, args: Buffer.from(args).toString('base64'), gas, deposit },
});
