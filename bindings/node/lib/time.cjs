'use strict';

/** Nanoseconds since 1970: of a Date, or a bigint of them. */
const nanoseconds = (time) => (typeof time === 'bigint' ? time : BigInt(time.getTime()) * NS_PER_MS);

/** Milliseconds in nanoseconds. */
const span = (milliseconds) => BigInt(Math.round(milliseconds)) * NS_PER_MS;

/** A Date of nanoseconds since 1970; milliseconds are what it has. */
const date = (timeNs) => new Date(Number(timeNs / NS_PER_MS));

const NS_PER_MS = 1_000_000n;

module.exports = { date, nanoseconds, span };
