// The examples of README.md run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const readme = await readFile(join(here, '..', 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);

// Beside the tests, so that `keyway` is found.
let folder;
before(async () => {
  folder = await mkdtemp(join(here, 'readme-'));
  await cp(join(here, '../../../contracts/wasm/game.wasm'), join(folder, 'game.wasm'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('there are examples', () => assert.ok(examples.length >= 5));

for (const [index, code] of examples.entries()) {
  test(`example ${index + 1}`, async () => {
    const path = join(folder, `example-${index + 1}.mjs`);
    await writeFile(path, code);
    const env = { ...process.env };
    delete env.NODE_TEST_CONTEXT; // so that tests in an example decide how it ends
    await promisify(execFile)(process.execPath, [path], { cwd: folder, env });
  });
}
