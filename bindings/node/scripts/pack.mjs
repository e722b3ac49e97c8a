// Packs what is published: node scripts/pack.mjs [--most-mb MB] DIRECTORY
// `keyway`, and the package of each system in `native`. `keyway` names the packages of all systems as optional
// dependencies of its own version, so that a package manager installs the one that fits; nothing is downloaded later.
// They are not in the committed package.json, because they are not published while a version is being worked on.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = join(dirname(fileURLToPath(import.meta.url)), '..');
const platforms = Object.keys(createRequire(import.meta.url)('../platforms.json'));

/** Packs everything into a directory, and gives the paths of the packages. */
export const pack = (directory) => {
  mkdirSync(directory, { recursive: true });
  const native = join(here, 'native');
  const built = existsSync(native) ? readdirSync(native).filter((name) => platforms.includes(name)) : [];
  return [packMain(directory), ...built.map((name) => npmPack(join(native, name), directory))];
};

const packMain = (directory) => {
  const stage = mkdtempSync(join(tmpdir(), 'keyway-pack-'));
  try {
    const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
    manifest.optionalDependencies = Object.fromEntries(platforms.map((name) => [`@keyway/${name}`, manifest.version]));
    for (const name of [...manifest.files, 'README.md']) cpSync(join(here, name), join(stage, name), { recursive: true });
    for (const license of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(join(here, '../..', license), join(stage, license));
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return npmPack(stage, directory);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
};

const npmPack = (folder, directory) => {
  const words = ['pack', '--json', '--pack-destination', resolve(directory)];
  const packed = JSON.parse(execFileSync('npm', words, { cwd: folder, shell: process.platform === 'win32' }));
  const [{ filename, size }] = Array.isArray(packed) ? packed : Object.values(packed);
  console.log(`${filename}: ${(size / 1e6).toFixed(2)} MB packed`);
  return join(resolve(directory), filename);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { 'most-mb': { type: 'string' } }, allowPositionals: true });
  if (positionals.length !== 1) {
    console.error('usage: node scripts/pack.mjs [--most-mb MB] DIRECTORY');
    process.exit(2);
  }
  const most = Number(values['most-mb'] ?? Infinity) * 1e6;
  const large = pack(positionals[0]).filter((path) => !(statSync(path).size <= most));
  for (const path of large) console.error(`${path} is larger than ${values['most-mb']} MB`);
  process.exitCode = large.length > 0 ? 1 : 0;
}
