// A key from its grant to a refusal, to a what-if, to its rotation, by clicking.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { open, startBrowser } from '../support/browser.js';
import { startNode } from '../support/node.js';
import { GAME, playGame } from '../support/story.js';

describe('the story of a key', () => {
  let node, browser;

  before(async () => {
    [node, browser] = await Promise.all([startNode(), startBrowser()]);
    await playGame(node);
  });

  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`is told by clicking, ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const visit = await open(browser, node, { javaScriptEnabled });
      const { page } = visit;
      const player = javaScriptEnabled ? 'alice.near' : 'bob.near';
      const look = (name) => (javaScriptEnabled ? visit.look(name) : undefined);
      await visit.signIn();

      // Grant: a key for two methods, with an allowance that pays for small calls only.
      await visit.go(`/account/${player}`);
      await look('account');
      await visit.follow('Add a key');
      await page.getByLabel('Call methods of one contract').check();
      await page.getByLabel('Contract', { exact: true }).fill(GAME);
      await page.getByLabel('Methods', { exact: true }).fill('play, leave');
      await page.getByLabel('The account, up to an allowance').check();
      await page.getByLabel('Allowance', { exact: true }).fill('0.05 NEAR');
      await look('add-key');
      if (javaScriptEnabled) await visit.picture('console-add-key');
      await visit.press('Review');
      assert.match(await visit.text(), /leave.*play.*0\.05 NEAR|0\.05 NEAR/s);
      const secret = (await page.getByLabel('Secret key').innerText()).trim();
      assert.match(secret, /^ed25519:[1-9A-HJ-NP-Za-km-z]{80,}$/);
      await look('review');
      await page.getByLabel('I have saved the secret').check();
      await visit.press('Sign and send');
      assert.match(page.url(), /\/console\/tx\/[1-9A-HJ-NP-Za-km-z]+$/);
      const granted = await visit.text();
      assert.match(granted, /succeeded/);
      assert.ok(!(await page.content()).includes(secret), 'no other page has the secret');

      // The app plays with it: once with gas that the allowance covers.
      const { public_key: publicKey, transaction: hash } = await play(node, player, secret);

      // Refusal: a call with more gas than the allowance pays for.
      await visit.go(`/account/${player}`);
      await visit.follow('Which key can sign');
      await page.getByLabel('Contract', { exact: true }).fill(GAME);
      await page.getByLabel('Method', { exact: true }).fill('play');
      await page.getByLabel('Arguments').fill('{"heads": true}');
      await page.getByLabel('Gas', { exact: true }).fill('300 Tgas');
      await page.getByLabel('Only this key').fill(publicKey);
      await visit.press('Explain');
      const refused = await visit.text();
      assert.match(refused, /refused/i);
      assert.match(refused, /allowance/);
      assert.match(refused, /What would help/);
      await look('explain');
      if (javaScriptEnabled) await visit.picture('console-explain');

      // What if it had had less? The call that succeeded would have been refused.
      await visit.go(`/tx/${hash}`);
      assert.match(await visit.text(), /succeeded/);
      await look('transaction');
      if (javaScriptEnabled) await visit.picture('console-transaction');
      await visit.follow('What if');
      await page.getByLabel('Allowance of its key').fill('0.001 NEAR');
      await visit.press('What if?');
      assert.match(await visit.text(), /It would have been refused\..*In truth it succeeded/s);
      await look('what-if');
      if (javaScriptEnabled) await visit.picture('console-what-if');

      // Rotation: a new key takes its place.
      await visit.go(`/account/${player}`);
      await visit.follow('Rotate', page.getByRole('listitem').filter({ hasText: GAME }));
      await visit.press('Review');
      const second = (await page.getByLabel('Secret key').innerText()).trim();
      assert.notEqual(second, secret);
      await page.getByLabel('I have saved the secret').check();
      await visit.press('Sign and send');
      assert.match(await visit.text(), /succeeded/);
      await assert.rejects(play(node, player, secret), 'the old key is gone');
      await play(node, player, second);
      assert.ok(!node.said().includes(secret.slice(8)), 'the node printed no secret');
      await visit.close();
    });
  }
});

/** Plays as `player` with this secret, as an app would. */
const play = (node, player, secret) => {
  const args = ['tx', 'send', player, GAME, '--call', 'play', '--args', '{"heads": true}', '--gas', '10 Tgas'];
  return node.keyway([...args, '--key-env', 'APP_KEY'], { APP_KEY: secret });
};
