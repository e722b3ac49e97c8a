// Packs this package, installs it in a project of its own, in an empty directory, and runs that project's tests.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
  // Unpacked as npm would, which takes most of a minute to look at all other packages again.
  const installed = join(project, 'node_modules', 'keyway');
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  npm('test');
} finally {
  rmSync(project, { recursive: true, force: true });
}
