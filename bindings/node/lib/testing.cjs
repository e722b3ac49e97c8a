'use strict';
// For test runners: a chain for each file, and the same chain again for each test.

const { Sandbox } = require('./sandbox.cjs');

/**
 * A chain that `setUp` prepares once, and that every test finds as it left it. Give it the hooks of node:test, vitest or
 * jest: `before`/`beforeAll`, `afterEach`, `after`/`afterAll`.
 */
const sandboxForFile = (hooks, setUp = () => {}, options = {}) => {
  const before = hooks.before ?? hooks.beforeAll;
  const after = hooks.after ?? hooks.afterAll;
  const file = { sandbox: new Sandbox(options) };
  let prepared;
  before(async () => {
    Object.assign(file, await setUp(file.sandbox));
    prepared = file.sandbox.snapshot();
  });
  hooks.afterEach(() => file.sandbox.revert(prepared));
  after(() => {
    prepared?.dispose();
    file.sandbox.dispose();
  });
  return file;
};

/** A test with a chain of its own: `test("…", withSandbox(async (sandbox) => { … }))`. */
const withSandbox =
  (body, options = {}) =>
  async () => {
    const sandbox = new Sandbox(options);
    try {
      await body(sandbox);
    } finally {
      sandbox.dispose();
    }
  };

module.exports = { sandboxForFile, withSandbox };
