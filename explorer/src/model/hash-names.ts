import type { HashName } from '@hufu/crypto';

/**
 * Every hash, in the order in which pages show them: the suites'. A type alone is imported, because the home
 * page needs this, and the list in @hufu/crypto brings the curves into the first load. A test holds the two
 * together.
 */
export const SHOWN_HASHES: readonly HashName[] = ['sha256', 'sm3'];
