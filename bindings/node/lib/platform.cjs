'use strict';
// Where the compiled parts for this system are: the library and the binary `keyway`.

const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** `linux-x64-gnu` and the like: the name of the package for this system. */
const platform = () => {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `linux-${arch}-${process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
};

/** The folder of what `scripts/build.mjs` put together, or else of the installed package. */
const folder = () => {
  const name = platform();
  const built = join(__dirname, '..', 'native', name);
  if (existsSync(join(built, LIBRARY))) return built;
  try {
    return dirname(require.resolve(`@keyway/${name}/package.json`));
  } catch (cause) {
    const how = 'install it too, or install keyway without leaving out optional dependencies';
    throw new Error(`keyway needs the package @keyway/${name}, which is not installed: ${how}`, { cause });
  }
};

/** The path of the library for Node.js. */
const libraryPath = () => join(folder(), LIBRARY);

/** The path of the binary `keyway`. */
const binaryPath = () => join(folder(), process.platform === 'win32' ? 'keyway.exe' : 'keyway');

const LIBRARY = 'keyway.node';

module.exports = { libraryPath, platform, binaryPath };
