// Chromium, and pages that fail their test when something is wrong with them.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

/** Starts the browser. Its sandbox does not work for root, in whose name CI may run. */
export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.KEYWAY_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });

/** Opens a page of `node`'s console. Close it with `close()`, which checks that nothing went wrong. */
export const open = async (browser, node, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  context.setDefaultTimeout(15_000);
  return new Visit(node, context, await context.newPage());
};

/** One person's look at the console. */
class Visit {
  #problems = [];

  constructor(node, context, page) {
    this.node = node;
    this.context = context;
    /** The page, as Playwright has it. */
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#note(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.#note(`script: ${error}`));
    page.on('dialog', (dialog) => {
      this.#note(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== node.url && protocol !== 'data:') this.#note(`a request to ${request.url()}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.#note(`${response.status()} from ${response.url()}`);
    });
  }

  #note(problem) {
    this.#problems.push(problem);
  }

  /** Lets the console write: follows the link that the node printed. */
  async signIn() {
    await this.page.goto(this.node.link);
    assert.ok(!this.page.url().includes('token'), 'the token stays in no address');
  }

  /** Goes to a page of the console, and checks the answer's status. */
  async go(path, status = 200) {
    const answer = await this.page.goto(this.node.page(path));
    assert.equal(answer.status(), status, path);
    if (status >= 400) this.forgive(status);
    return answer;
  }

  /** Forgets that the browser reported pages with this status of an error, which a test has expected. */
  forgive(status) {
    const reported = new RegExp(`Failed to load resource.* status of ${status}`);
    this.#problems = this.#problems.filter((problem) => !reported.test(problem));
  }

  /** The text of the page's main part. */
  text() {
    return this.page.locator('main').innerText();
  }

  /** Clicks a link, and waits for its page. */
  async follow(name, scope = this.page.locator('body')) {
    await scope.getByRole('link', { name }).first().click();
    await this.page.waitForLoadState();
  }

  /** Clicks a button that sends a form, and waits for the next page. */
  async press(name, scope = this.page.locator('main')) {
    await scope.getByRole('button', { name }).first().click();
    await this.page.waitForLoadState();
  }

  /** Looks at the page as it is: accessible in both colour schemes, and not too wide at three widths. */
  async look(name) {
    await this.page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme });
      await this.#accessible(`${name}, ${colorScheme}`);
      for (const width of WIDTHS) await this.#fits(name, width, colorScheme);
    }
    await this.page.emulateMedia({ colorScheme: 'light' });
    await this.page.setViewportSize({ width: 900, height: 700 });
  }

  /** Checks that the page is not too wide for a telephone. */
  async fits(name) {
    await this.#fits(name, WIDTHS[0], 'light');
    await this.page.setViewportSize({ width: 900, height: 700 });
  }

  async #fits(name, width, colorScheme) {
    await this.page.setViewportSize({ width, height: 700 });
    const shown = `${name}-${width}-${colorScheme}.png`;
    await this.#save(process.env.KEYWAY_SCREENS, shown, { fullPage: true });
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} pixels wide in a window of ${width}`);
  }

  /** A picture for the documentation: the top of the page, or the part that `locator` finds. */
  async picture(name, options = {}) {
    await this.#save(process.env.KEYWAY_PICTURES, `${name}.png`, options);
  }

  async #save(directory, name, options) {
    if (!directory) return;
    await mkdir(directory, { recursive: true });
    await this.page.screenshot({ path: join(directory, name), animations: 'disabled', ...options });
  }

  async #accessible(where) {
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join('\n  ')}`);
    assert.deepEqual(found, [], where);
  }

  /** Ends the visit. */
  async close() {
    await this.context.close();
    assert.deepEqual(this.#problems, []);
  }
}

/** A telephone, half a screen, a screen. */
const WIDTHS = [360, 900, 1600];
