import { readFileSync } from 'node:fs';

const contract = (name) => readFileSync(new URL(`../../../contracts/wasm/${name}.wasm`, import.meta.url));

/** The example contracts. */
export const contracts = { drop: contract('drop'), game: contract('game'), recovery: contract('recovery') };

/** One NEAR in yoctoNEAR. */
export const NEAR = 10n ** 24n;

export const DAY_MS = 24 * 60 * 60 * 1000;
