// Packs this package, installs it in a project of its own, in an empty directory, and runs that project's tests.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = join(dirname(fileURLToPath(import.meta.url)), '..');
const project = mkdtempSync(join(tmpdir(), 'keyway-fresh-'));
const npm = (...words) => {
  console.log(`$ npm ${words.join(' ')}`);
  execFileSync('npm', words, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
};

try {
  cpSync(join(here, 'test', 'fresh'), project, { recursive: true });
  copyFileSync(join(here, '../../contracts/wasm/game.wasm'), join(project, 'game.wasm'));
  const packed = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', project], { cwd: here }));
  const [{ filename, size }] = Array.isArray(packed) ? packed : Object.values(packed);
  console.log(`${filename}: ${(size / 1e6).toFixed(1)} MB packed`);
  npm('ci', '--no-audit', '--no-fund');
  npm('install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', `./${filename}`);
  npm('test');
} finally {
  rmSync(project, { recursive: true, force: true });
}
