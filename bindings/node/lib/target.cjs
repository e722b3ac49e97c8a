'use strict';

/** `linux-x64-gnu` and the like: how the file and the package for this system are named. */
const target = () => {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `linux-${arch}-${process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
};

module.exports = { target };
