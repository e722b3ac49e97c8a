// Assembler for the driver contract: its call arguments are a program of host-function
// operations. See tests/conformance/data/driver.c for the opcodes.
import { readFileSync } from 'node:fs';

/** The contract's wasm. */
export const wasm = new Uint8Array(
  readFileSync(new URL('../../../conformance/data/driver.wasm', import.meta.url)),
);

/** The arguments of one call: operations one after the other. */
export const program = (...operations) => new Uint8Array(Buffer.concat(operations));

export const storageWrite = (key, value) => op(0x02, str(key), str(value));
export const valueReturn = (value) => op(0x05, str(value));
export const batchCreate = (accountId) => op(0x13, str(accountId));
export const createAccount = (promise) => op(0x20, u8(promise));
export const transfer = (promise, yocto) => op(0x23, u8(promise), u128(yocto));
export const addFullAccessKey = (promise, key) => op(0x25, u8(promise), str(key), u64(0n));
export const promiseReturn = (promise) => op(0x30, u8(promise));

/** A public key as contracts see it: the curve's tag and the key's bytes. */
export const publicKeyBytes = (tag, bytes) => Buffer.concat([u8(tag), bytes]);

const op = (code, ...operands) => Buffer.concat([u8(code), ...operands]);
const str = (value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
};
const u8 = (value) => Buffer.from([value]);
const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const u128 = (value) => Buffer.concat([u64(value & (2n ** 64n - 1n)), u64(value >> 64n)]);
