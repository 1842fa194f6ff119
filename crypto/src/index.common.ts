export type { Brand } from './brand.ts';
export { compareBytes, concatBytes, equalBytes, fromUtf8, readU64be, u64be, utf8 } from './bytes.ts';
export { HASH_BYTES, type Hasher, type HashName } from './hash-name.ts';
export { hashLeaves, hashPairs } from './merkle/levels.ts';
export { assertNever, err, ok, type Result } from './result.ts';
export { type SignKind, signBytes } from './sign-bytes.ts';
export { subjectPublicKeyInfo } from './spki.ts';
export { hashOf, isPublicKey, SUITE_NAMES, type SuiteName } from './suite.ts';
