'use strict';
// Between JavaScript's values and the binding's JSON: names in camelCase become snake_case and back, integers of any size
// are `{ integer: "…" }`, bytes are base64.

const toWire = (value) => {
  switch (typeof value) {
    case 'bigint':
      if (value < 0n) throw new RangeError(`${value} is negative; amounts are not`);
      return { integer: String(value) };
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return bytesToWire(value);
  if (Array.isArray(value)) return value.map(toWire);
  const object = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) object[snake(name)] = toWire(field);
  }
  return object;
};

const fromWire = (value) => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromWire);
  const names = Object.keys(value);
  if (names.length === 1 && names[0] === 'integer') return BigInt(value.integer);
  const object = {};
  for (const name of names) object[camel(name)] = fromWire(value[name]);
  return object;
};

const bytesToWire = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** The arguments of a call: bytes as they are, anything else as JSON. */
const argsToWire = (args) => {
  if (args === undefined) return {};
  if (args instanceof Uint8Array) return { args };
  return { argsJson: JSON.stringify(args) };
};

const names = new Map();
const renamed = (name, rename) => {
  let known = names.get(name);
  if (known === undefined) {
    known = rename(name);
    if (names.size < MOST_NAMES) names.set(name, known);
  }
  return known;
};
const snake = (name) => renamed(name, () => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
// Names that begin with a capital are the protocol's.
const camel = (name) => (name.includes('_') ? renamed(name, () => name.replace(/(?<=.)_([a-z0-9])/g, (_, letter) => letter.toUpperCase())) : name);

const MOST_NAMES = 1000;

module.exports = { argsToWire, bytesToWire, fromWire, toWire };
