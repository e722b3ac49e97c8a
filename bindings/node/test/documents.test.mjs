// The examples of README.md and of the documentation run: blocks of `js` and `ts`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import ts from 'typescript';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../..');
const documentation = await readdir(join(root, 'docs'), { recursive: true });
const pages = [join(here, '..', 'README.md'), ...documentation.filter((name) => name.endsWith('.md')).map((name) => join(root, 'docs', name))];

// Beside the tests, so that `keyway` is found.
let folder;
before(async () => {
  folder = await mkdtemp(join(here, 'documents-'));
  await cp(join(root, 'contracts/wasm/game.wasm'), join(folder, 'game.wasm'));
});
after(() => rm(folder, { recursive: true, force: true }));

const examples = [];
for (const page of pages) {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```(js|ts)\n(.*?)^```/gms)];
  for (const [index, [, language, code]] of blocks.entries()) {
    examples.push({ name: `${relative(root, page)}, example ${index + 1}`, file: `${basename(page, '.md')}-${index + 1}`, language, code });
  }
}

test('there are examples', () => {
  assert.ok(examples.filter(({ language }) => language === 'js').length >= 5);
  assert.ok(examples.filter(({ language }) => language === 'ts').length >= 5);
});

for (const { name, file, language, code } of examples) {
  test(name, async () => {
    const path = join(folder, `${file}.mjs`);
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    await writeFile(path, language === 'ts' ? ts.transpileModule(code, { compilerOptions }).outputText : code);
    const env = { ...process.env };
    delete env.NODE_TEST_CONTEXT; // so that tests in an example decide how it ends
    await promisify(execFile)(process.execPath, [path], { cwd: folder, env });
  });
}
