/** The package for browsers: pure JavaScript and WASM. index.node.ts has the same names, native, and more. */
export { fromBase64, fromHex, toBase64, toHex } from './encoding.ts';
export { createHasher, hash } from './hash.ts';
export * from './index.common.ts';
export { verify } from './verify.ts';
