// The chain that tests look at: a game, players, and a contract that shows whatever it is given.
import { game, hostile } from './contracts.js';
import { call } from './node.js';

/** The account of the game; `alice.near` and the others are the node's development accounts. */
export const GAME = 'game.near';

/** The account whose contract logs, keeps and fails with what it is given. */
export const HOSTILE = 'hostile.near';

/** Text that would do harm if a page took it as markup, or that hides what it says. */
export const BAD_TEXT = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&\u0007\u001b[31m\u202egnp.exe\u2066';

/** The same without characters that make it bytes instead of text. */
const MARKUP = BAD_TEXT.slice(0, BAD_TEXT.indexOf('\u0007'));

/** Deploys the game. */
export const playGame = async (node) => {
  await node.create(GAME, await game());
  await node.act(GAME, GAME, call('new', '{}'));
};

/** Deploys the hostile contract, and lets it log, keep and fail. Returns the transactions' hashes. */
export const bewitch = async (node) => {
  await node.create(HOSTILE, await hostile());
  const act = (...actions) => node.act('alice.near', HOSTILE, ...actions);
  const event = { standard: BAD_TEXT, version: BAD_TEXT, event: BAD_TEXT, data: [BAD_TEXT] };
  return {
    logged: await act(call('say', BAD_TEXT)),
    event: await act(call('say', `EVENT_JSON:${JSON.stringify(event)}`)),
    kept: await act(call('keep', MARKUP)),
    bytes: await act(call('keep', BAD_TEXT)),
    long: await act(call('keep', `long ${'<b>x</b>'.repeat(12_800)}`, { gas: 300e12 })),
    failed: await act(call('fail', BAD_TEXT)),
    named: await act(call('<img src=x onerror=alert(1)>', BAD_TEXT)),
    unknown: await act(call(BAD_TEXT.slice(0, 60), '{}')),
  };
};
