// Puts the compiled library where the package looks for it: cargo build --release --workspace; node scripts/build.mjs
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';

const { target } = createRequire(import.meta.url)('../lib/target.cjs');
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const folder = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const name = { win32: 'keyway_node_binding.dll', darwin: 'libkeyway_node_binding.dylib' }[process.platform];
const built = join(folder, 'release', name ?? 'libkeyway_node_binding.so');
if (!existsSync(built)) {
  console.error(`no library at ${built}: run "cargo build --release --workspace" first`);
  process.exit(1);
}
const native = join(root, 'bindings', 'node', 'native');
mkdirSync(native, { recursive: true });
// Renamed, so that a process which uses the old one keeps it.
const [fresh, final] = ['fresh', 'node'].map((ending) => join(native, `keyway.${target()}.${ending}`));
copyFileSync(built, fresh);
renameSync(fresh, final);
