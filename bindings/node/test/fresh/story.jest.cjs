// The helpers with jest, which loads CommonJS.
const { sandboxForFile } = require('keyway');

const file = sandboxForFile({ beforeAll, afterAll, afterEach }, async (sandbox) => ({
  alice: await sandbox.createAccount('alice.near', { balance: '10 NEAR' }),
}));

test('a transfer', async () => {
  await file.alice.transfer('near', '1 NEAR');
  expect(await file.alice.balance()).toBeLessThan(9n * 10n ** 24n);
});

test('the next test finds the chain as it was', async () => {
  expect(await file.alice.balance()).toBe(10n ** 25n);
});
