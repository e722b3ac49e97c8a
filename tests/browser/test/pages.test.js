// The pages that only read: accessible, at three widths, with and without script, and saved as files.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { open, startBrowser } from '../support/browser.js';
import { call, startNode } from '../support/node.js';
import { GAME, playGame } from '../support/story.js';

describe('the pages that read', () => {
  let node, browser, hash;

  before(async () => {
    [node, browser] = await Promise.all([startNode(), startBrowser()]);
    await playGame(node);
    hash = await node.act('alice.near', GAME, call('play', '{"heads": true}', { gas: 3e12 }));
  });

  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  it('are accessible and fit', async () => {
    const visit = await open(browser, node);
    await visit.page.goto(`${node.url}/`);
    assert.equal(visit.page.url(), node.page(''), 'a browser is sent to the console');
    const { block_hash: block } = (await node.rpc('tx', { tx_hash: hash, sender_account_id: 'alice.near', wait_until: 'FINAL' })).transaction_outcome;
    const pages = { home: '', 'sign-in': '/sign-in', block: `/block/${block}`, game: `/account/${GAME}`, timeline: '/account/alice.near/timeline' };
    for (const [name, path] of Object.entries(pages)) {
      await visit.go(path);
      await visit.look(name);
    }
    await visit.go('/account/nobody.near', 404);
    await visit.look('not-found');
    await visit.close();
  });

  it('show new transactions without being loaded again', async () => {
    const visit = await open(browser, node);
    await visit.go('');
    const next = await node.act('bob.near', 'carol.near', { Transfer: { deposit: '1' } });
    await visit.page.locator(`a[href*="${next}"]`).waitFor();
    await visit.close();
  });

  it('find accounts, heights, hashes and keys', async () => {
    const visit = await open(browser, node);
    const { keys } = await node.rpc('query', { request_type: 'view_access_key_list', finality: 'final', account_id: 'alice.near' });
    const searches = { 'alice.near': '/account/alice.near', 0: '/block/0', [hash]: `/tx/${hash}`, [keys[0].public_key]: keys[0].public_key };
    for (const [text, found] of Object.entries(searches)) {
      await visit.go('');
      await visit.page.getByRole('searchbox').fill(text);
      await visit.page.keyboard.press('Enter');
      await visit.page.waitForURL(/search|account|tx|block/);
      assert.ok(decodeURIComponent(visit.page.url()).includes(found), `${text} leads to ${visit.page.url()}`);
    }
    await visit.close();
  });

  it('are saved as files that open without the node', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'keyway-browser-'));
    const context = await browser.newContext({ offline: true });
    try {
      for (const path of [`/tx/${hash}`, `/account/${GAME}`]) {
        const answer = await fetch(node.page(`${path}?save=1`));
        assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[\w.-]+\.html"$/);
        const file = join(directory, 'saved.html');
        await writeFile(file, await answer.text());
        const page = await context.newPage();
        const problems = [];
        page.on('console', (message) => problems.push(message.text()));
        page.on('request', (sent) => !/^(file|data):/.test(sent.url()) && problems.push(sent.url()));
        await page.goto(`file://${file}`);
        assert.match(await page.locator('main').innerText(), /game\.near/);
        assert.equal(await page.locator('script, form, a[href^="/"]').count(), 0);
        const font = await page.evaluate(() => getComputedStyle(document.body).fontFamily);
        assert.match(font, /system-ui/, 'its style is in it');
        assert.deepEqual(problems, []);
        await page.close();
      }
    } finally {
      await context.close();
      await rm(directory, { recursive: true });
    }
  });
});
