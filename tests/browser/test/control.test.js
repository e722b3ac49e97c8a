// Chain control: time, blocks and snapshots; and forms by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { open, startBrowser } from '../support/browser.js';
import { startNode } from '../support/node.js';

describe('chain control', () => {
  let node, browser;

  before(async () => {
    [node, browser] = await Promise.all([startNode('--no-ticks'), startBrowser()]);
  });

  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  it('moves the time, mines, and goes back to snapshots', async () => {
    const visit = await open(browser, node);
    const { page } = visit;
    await visit.signIn();
    await visit.follow('Control');
    const height = async () => (await node.rpc('block', { finality: 'optimistic' })).header.height;

    await page.getByLabel('Name', { exact: true }).fill('before');
    await page.getByLabel('Note', { exact: true }).fill('nothing has happened');
    await visit.press('Save a snapshot');
    assert.match(await visit.text(), /The snapshot was saved/);
    const saved = await height();

    await page.getByLabel('Set it to the moment below').check();
    await page.getByLabel('Moment', { exact: true }).fill('2040-01-01T00:00:00Z');
    await visit.press('Change the time');
    assert.match(await visit.text(), /2040-01-01T00:00:00/);

    await page.getByLabel('Blocks to seal now').fill('5');
    await visit.press('Mine');
    assert.ok((await height()) >= saved + 5);

    await page.getByLabel('By hand only').check();
    await visit.press('Change sealing');
    assert.match(await visit.text(), /by hand/);
    await page.getByLabel('As transactions arrive').check();
    await visit.press('Change sealing');

    await page.getByLabel('Name', { exact: true }).fill('after');
    await visit.press('Save a snapshot');
    await visit.look('control');
    await visit.picture('console-control');

    await visit.press('Go back: before');
    assert.match(await visit.text(), /are unknown afterwards/);
    await visit.look('revert');
    assert.ok((await height()) > saved, 'nothing has happened yet');
    await visit.press('Go back');
    assert.equal(await height(), saved);

    await visit.press('Delete: after');
    await visit.press('Delete it');
    assert.ok(!(await visit.text()).includes('after 2040'));
    await visit.press('Reset the chain');
    assert.match(await visit.text(), /begins again at its first block/);
    await visit.press('Reset all the same');
    assert.equal(await height(), 0);
    await visit.close();
  });

  it('says what is wrong with a form, and keeps what was typed', async () => {
    const visit = await open(browser, node);
    await visit.signIn();
    await visit.go('/control');
    await visit.page.getByLabel('Length', { exact: true }).fill('soon');
    await visit.page.getByRole('button', { name: 'Change the time' }).click();
    await visit.page.getByText('is not a length of time').first().waitFor();
    assert.equal(await visit.page.getByLabel('Length', { exact: true }).inputValue(), 'soon');
    visit.forgive(422);
    await visit.close();
  });

  it('lets a form be filled by keyboard alone', async () => {
    const visit = await open(browser, node);
    const { page } = visit;
    await visit.signIn();
    await visit.go('/act/send');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the first stop skips to the content');
    for (const text of ['alice.near', 'bob.near', '1.5 NEAR']) {
      await page.keyboard.press('Tab');
      await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    await page.getByText('transfer 1.5 NEAR').waitFor();
    const focus = () => page.evaluate(() => document.activeElement.textContent.trim());
    await page.locator('main').focus();
    for (let stops = 0; stops < 10 && (await focus()) !== 'Sign and send'; stops += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/tx\//);
    assert.match(await visit.text(), /succeeded/);
    await visit.close();
  });
});
