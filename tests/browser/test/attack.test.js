// Pages from elsewhere can neither read nor write, and guessing leads nowhere.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { open, startBrowser } from '../support/browser.js';
import { startNode } from '../support/node.js';

describe('an attacker', () => {
  let node, browser, other;

  before(async () => {
    [node, browser] = await Promise.all([startNode(), startBrowser()]);
    // A page on another port of this machine: the same site, and another origin.
    const server = createServer((_request, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end('<!doctype html><title>elsewhere</title><iframe name="inside"></iframe>');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    other = { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((done) => server.close(done)) };
  });

  after(async () => {
    await browser?.close();
    await node?.stop();
    await other?.stop();
  });

  /** A browser that is signed in, with a page from elsewhere in a second tab. */
  const visited = async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(node.link);
    const elsewhere = await context.newPage();
    await elsewhere.goto(other.url);
    return { context, page, elsewhere };
  };

  const saved = () => node.rpc('keyway_snapshot_list', {});

  it('cannot read a page of the console from another origin', async () => {
    const { context, elsewhere } = await visited();
    const read = await elsewhere.evaluate(async (url) => {
      const tries = [{}, { mode: 'no-cors' }, { credentials: 'include' }];
      return Promise.all(tries.map((how) => fetch(url, how).then((answer) => answer.text(), () => 'refused')));
    }, node.page(''));
    assert.deepEqual(read, ['refused', 'refused', 'refused']);
    await context.close();
  });

  it('cannot send a form from another origin, although the cookie goes along', async () => {
    const { context, page, elsewhere } = await visited();
    await page.goto(node.page('/control'));
    const token = await page.locator('input[name=form_token]').first().inputValue();
    const answer = elsewhere.waitForNavigation();
    await elsewhere.evaluate(([action, value]) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action });
      for (const [name, text] of [['form_token', value], ['name', 'stolen']]) {
        form.append(Object.assign(document.createElement('input'), { name, value: text }));
      }
      document.body.append(form);
      form.submit();
    }, [node.page('/control/save'), token]);
    assert.equal((await answer).status(), 403);
    assert.deepEqual((await saved()).snapshots, []);
    await context.close();
  });

  it('cannot show the console in a frame', async () => {
    const { context, elsewhere } = await visited();
    await elsewhere.evaluate((url) => { document.querySelector('iframe').src = url; }, node.page(''));
    await elsewhere.waitForTimeout(300);
    const inside = elsewhere.frames().find((frame) => frame.name() === 'inside');
    assert.ok(!(await inside.content()).includes('Overview'));
    await context.close();
  });

  it('cannot use a name of its own that resolves to this machine', async () => {
    const { port } = new URL(node.url);
    for (const [path, method] of [['/console', 'GET'], ['/console/control/save', 'POST'], ['/console/assets/x', 'GET']]) {
      const status = await new Promise((resolve, reject) => {
        const headers = { host: `rebound.example:${port}`, 'sec-fetch-site': 'same-origin', origin: `http://rebound.example:${port}` };
        request({ port, host: '127.0.0.1', path, method, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on('error', reject).end();
      });
      assert.equal(status, 403, path);
    }
  });

  it('cannot guess the token, or find it in a page, an address or a header', async () => {
    const [, token] = node.link.match(/token=([0-9a-f]+)/);
    assert.ok(token.length >= 32);
    for (const guess of ['', '0'.repeat(token.length), token.slice(1), `${token}0`]) {
      const answer = await fetch(node.page(`?token=${guess}`), { redirect: 'manual' });
      assert.equal(answer.status, 403, guess);
      assert.equal(answer.headers.get('set-cookie'), null);
    }
    const signedIn = await fetch(node.link, { redirect: 'manual' });
    const cookie = signedIn.headers.get('set-cookie');
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Strict/);
    assert.ok(!cookie.includes(token) && !signedIn.headers.get('location').includes(token));
    const { context, page } = await visited();
    const referrers = [];
    context.on('request', (sent) => referrers.push(sent.headers().referer ?? ''));
    await page.goto(node.link);
    await page.goto(node.page('/control'));
    assert.ok(!(await page.content()).includes(token));
    assert.ok(referrers.every((referrer) => !referrer.includes('token')));
    await context.close();
  });

  it('cannot write without the token', async () => {
    const own = { origin: node.url, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
    for (const path of ['/control/save', '/control/reset', '/act/submit', '/act/send']) {
      const answer = await fetch(node.page(path), { method: 'POST', headers: own, body: 'name=x&form_token=0' });
      assert.equal(answer.status, 403, path);
    }
    assert.deepEqual((await saved()).snapshots, []);
  });

  it('finds the headers that keep other pages out on every answer', async () => {
    for (const path of ['', '/sign-in', '/nowhere', '/account/alice.near', '/act/send', '/control', '/explain']) {
      const { headers } = await fetch(node.page(path));
      assert.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/, path);
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.equal(headers.get('access-control-allow-origin'), null, path);
    }
  });

  it('finds nothing to write with on a node without the console', async () => {
    const plain = await startNode('--no-console');
    assert.equal((await fetch(`${plain.url}/console`)).status, 404);
    assert.ok(!plain.said().includes('token'));
    await plain.stop();
  });

  it('sees a console that only reads say so', async () => {
    const visit = await open(browser, node);
    for (const path of ['/act/send', '/control']) {
      await visit.go(path);
      assert.match(await visit.text(), /This browser only looks/);
      assert.ok(await visit.page.locator('main button[type=submit]').first().isDisabled());
    }
    await visit.close();
  });
});
