/** The package for Node: the names of index.ts by OpenSSL, and private keys, which browsers never hold. */
export { fromBase64, fromHex, toBase64, toHex } from './encoding.node.ts';
export { createHasher, hash } from './hash.node.ts';
export * from './index.common.ts';
export { generateKeyPair, loadSigner, type Signer } from './signer.node.ts';
export { publicKeyToPem } from './spki.node.ts';
export { verify } from './verify.node.ts';
