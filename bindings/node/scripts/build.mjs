// Puts what Cargo built together as the package for a system, in native/NAME:
//   cargo build --release --workspace; node scripts/build.mjs
// In a release: node scripts/build.mjs --platform linux-x64-musl --from target/x86_64-unknown-linux-musl/release
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const here = join(dirname(fileURLToPath(import.meta.url)), '..');
const root = join(here, '..', '..');

const { values } = parseArgs({ options: { platform: { type: 'string' }, from: { type: 'string' } } });
const name = values.platform ?? require('../lib/platform.cjs').platform();
const from = values.from ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release');
const platform = require('../platforms.json')[name] ?? fail(`there is no package for ${name}: see platforms.json`);
const library =
  { win32: 'keyway_node_binding.dll', darwin: 'libkeyway_node_binding.dylib' }[platform.os] ?? 'libkeyway_node_binding.so';
const ending = platform.os === 'win32' ? '.exe' : '';
const binary = `keyway${ending}`;

const folder = join(here, 'native', name);
mkdirSync(folder, { recursive: true });
put(join(from, library), 'keyway.node');
// The command line is in the library, and this program runs it.
put(join(from, `keyway-launcher${ending}`), binary);
chmodSync(join(folder, binary), 0o755);
for (const license of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(join(root, license), join(folder, license));
writeFileSync(join(folder, 'README.md'), `The compiled parts of the package keyway for ${name}.\n`);
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

function manifest() {
  const main = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  const { version, license, repository, engines } = main;
  const { os, cpu, libc } = platform;
  return {
    name: `@keyway/${name}`,
    version,
    description: `The compiled parts of keyway for ${name}`,
    license,
    repository,
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: 'keyway.node',
    files: ['keyway.node', binary],
    preferUnplugged: true,
  };
}

// Renamed, so that a process which uses the old one keeps it.
function put(built, name) {
  if (!existsSync(built)) fail(`there is no ${built}: run "cargo build --release --workspace" first`);
  copyFileSync(built, join(folder, `${name}.fresh`));
  renameSync(join(folder, `${name}.fresh`), join(folder, name));
}

function fail(problem) {
  console.error(problem);
  process.exit(1);
}
