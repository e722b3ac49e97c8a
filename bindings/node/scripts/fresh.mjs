// Packs the packages and installs them from an empty directory twice: alone, which is timed, and in a project with
// vitest and jest, whose tests are run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { pack } from './pack.mjs';

const require = createRequire(import.meta.url);
const here = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version, peerDependencies, peerDependenciesMeta, bin } = require('../package.json');
const own = `@keyway/${require('../lib/platform.cjs').platform()}`;
const shell = process.platform === 'win32';

const run = (cwd, program, ...words) => {
  console.log(`$ ${program} ${words.join(' ')}`);
  execFileSync(program, words, { cwd, shell, stdio: ['ignore', 'inherit', 'inherit'] });
};
const said = (cwd, program, ...words) => execFileSync(program, words, { cwd, shell, encoding: 'utf8' });

/** The packages in an empty project, and the command. */
const alone = (project, packages) => {
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  const start = performance.now();
  // Packages of other systems are optional and not there.
  run(project, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...packages);
  console.log(`installed in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  assert.equal(said(project, 'npx', '--no-install', 'keyway', '--version').split('\n')[0].split(' ')[1], version);
  const made = 'new (require("keyway").Sandbox)({ chainId: "fresh" }).chainId';
  assert.equal(said(project, process.execPath, '--print', made).trim(), 'fresh');
};

/** A project as in `test/fresh`, to which the packages are added. */
const withRunners = (project, packages) => {
  cpSync(join(here, 'test', 'fresh'), project, { recursive: true });
  copyFileSync(join(here, '../../contracts/wasm/game.wasm'), join(project, 'game.wasm'));
  // Into the lock file too: `npm install` would take most of a minute to look at all other packages again.
  const [manifest, lock] = ['package.json', 'package-lock.json'].map((name) => join(project, name));
  const [wanted, locked] = [manifest, lock].map((path) => JSON.parse(readFileSync(path, 'utf8')));
  for (const path of packages) {
    const name = path === packages[0] ? 'keyway' : own;
    const resolved = `file:${basename(path)}`;
    copyFileSync(path, join(project, basename(path)));
    wanted.devDependencies[name] = resolved;
    locked.packages[`node_modules/${name}`] = { version, resolved, dev: true };
  }
  Object.assign(locked.packages['node_modules/keyway'], { bin, peerDependencies, peerDependenciesMeta });
  locked.packages[''].devDependencies = wanted.devDependencies;
  writeFileSync(manifest, JSON.stringify(wanted));
  writeFileSync(lock, JSON.stringify(locked));
  run(project, 'npm', 'ci', '--no-audit', '--no-fund');
  run(project, 'npm', 'test');
};

const work = mkdtempSync(join(tmpdir(), 'keyway-fresh-'));
try {
  const packed = pack(join(work, 'packed'));
  const packages = packed.filter((path) => path === packed[0] || basename(path).startsWith(own.slice(1).replace('/', '-')));
  for (const story of [alone, withRunners]) {
    const project = mkdtempSync(join(work, 'project-'));
    story(project, packages);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
