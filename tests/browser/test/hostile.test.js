// Text from the chain that would do harm as markup, on every page that can show it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { open, startBrowser } from '../support/browser.js';
import { startNode } from '../support/node.js';
import { BAD_TEXT, HOSTILE, bewitch } from '../support/story.js';

describe('hostile text', () => {
  let node, browser, hashes;

  before(async () => {
    [node, browser] = await Promise.all([startNode(), startBrowser()]);
    hashes = await bewitch(node);
    await node.rpc('keyway_snapshot_save', { name: '<b>bold</b>', note: BAD_TEXT });
  });

  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  /** Opens every part of a page, and checks that nothing in it came from the text as markup. */
  const check = async (visit, path, status, shown) => {
    await visit.go(path, status);
    const { page } = visit;
    await page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = true; }));
    const found = await page.evaluate(() => {
      const body = document.body.cloneNode(true);
      // What is in a control is what will be sent, to the letter.
      body.querySelectorAll('textarea').forEach((it) => it.remove());
      return {
        markup: body.querySelectorAll('main script, main img, main b').length,
        hidden: /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/u.test(body.textContent),
      };
    });
    assert.deepEqual(found, { markup: 0, hidden: false }, path);
    if (shown) assert.ok((await page.content()).includes('&lt;script&gt;'), `${path} shows the text`);
    await visit.fits(`hostile-${path.replaceAll(/[^a-z]+/g, '-').slice(0, 30)}`);
  };

  it('is text in traces and what-ifs', async () => {
    const visit = await open(browser, node);
    for (const [what, hash] of Object.entries(hashes)) {
      await check(visit, `/tx/${hash}`, 200, !['bytes', 'long'].includes(what));
    }
    await check(visit, `/tx/${hashes.logged}/what-if?args=${encodeURIComponent(JSON.stringify(BAD_TEXT))}`, 200, true);
    await check(visit, `/tx/${hashes.logged}/what-if?gas=${encodeURIComponent(BAD_TEXT)}`, 422, true);
    await visit.close();
  });

  it('is text on the pages of blocks, accounts and searches', async () => {
    const visit = await open(browser, node);
    const { transaction } = await node.rpc('tx', { tx_hash: hashes.named, sender_account_id: 'alice.near', wait_until: 'NONE' });
    assert.equal(transaction.receiver_id, HOSTILE);
    await check(visit, '', 200, false);
    await check(visit, `/account/${HOSTILE}`, 200, false);
    await check(visit, `/account/alice.near`, 200, false);
    for (const path of ['/account/', '/tx/', '/block/', '/search?q=', '/act/', '/explain?account=x&contract=']) {
      const status = path.startsWith('/explain') ? 422 : 404;
      const found = await visit.page.goto(node.page(path + encodeURIComponent(BAD_TEXT)));
      assert.ok([400, status].includes(found.status()), `${path}: ${found.status()}`);
      await check(visit, path + encodeURIComponent(BAD_TEXT), found.status(), false);
    }
    await visit.close();
  });

  it('is text in forms and in chain control', async () => {
    const visit = await open(browser, node);
    await visit.signIn();
    const bad = encodeURIComponent(BAD_TEXT);
    await check(visit, `/act/call?account=${bad}&contract=${HOSTILE}&method=${bad}&args=${bad}`, 200, true);
    await check(visit, '/control', 200, true);
    await visit.go(`/act/call?account=alice.near&contract=${HOSTILE}`);
    await visit.page.getByLabel('Method', { exact: true }).fill('<img src=x onerror=alert(1)>');
    await visit.page.getByLabel('Arguments').fill(JSON.stringify(BAD_TEXT));
    await visit.press('Review');
    assert.match(await visit.text(), /call <img src=x onerror=alert\(1\)>/);
    await visit.press('Sign and send');
    assert.match(await visit.text(), /<script>alert/);
    await visit.close();
  });
});
