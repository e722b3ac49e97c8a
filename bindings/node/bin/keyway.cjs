#!/usr/bin/env node
'use strict';
// Runs the binary `keyway` of this system's package, with the same arguments, streams, signals and exit code.

const { spawn } = require('node:child_process');
const { binaryPath } = require('../lib/platform.cjs');

const fail = (error) => {
  console.error(`error: ${error.message}`);
  process.exit(1);
};

const run = (path) => {
  const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
  // A terminal sends its signals to both processes, and the binary takes a second one for impatience.
  const forward = (signal) => signal === 'SIGTERM' || !process.stdin.isTTY ? child.kill(signal) : undefined;
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const each of SIGNALS) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
};

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'];

let path;
try {
  path = binaryPath();
} catch (error) {
  fail(error);
}
run(path);
