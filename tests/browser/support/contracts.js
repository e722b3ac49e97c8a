// The contracts that tests deploy.
import { readFile } from 'node:fs/promises';
import createWabt from 'wabt';

/** The example game: `new`, `play` and more. */
export const game = () => readFile(new URL('../../../contracts/wasm/game.wasm', import.meta.url));

/** A contract that logs, keeps, returns and fails with what it is given. */
export const hostile = async () => {
  const text = await readFile(new URL('hostile.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  return Buffer.from(wabt.parseWat('hostile.wat', text).toBinary({}).buffer);
};
