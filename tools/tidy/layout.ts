/**
 * The layering of the repository, as DESIGN.md and ARCHITECTURE.md state it: which package may import which.
 * A package that is not named in another's list may not be imported there, neither by code nor by types.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  crypto: [],
  consensus: ['crypto'],
  proof: ['crypto', 'consensus'],
  api: ['crypto', 'consensus', 'proof'],
  node: ['crypto', 'consensus', 'proof', 'api'],
  gateway: ['crypto', 'consensus', 'proof', 'api'],
  explorer: ['crypto', 'consensus', 'proof', 'api'],
  cli: ['crypto', 'consensus', 'proof', 'api', 'node', 'gateway'],
  bench: ['crypto', 'consensus', 'proof', 'api', 'node', 'gateway', 'cli'],
};

/** Layers that are folders inside a package: pure rules that know nothing of the host around them. */
export const SEALED_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'node/src/ledger': ['crypto', 'consensus', 'proof'],
};

/** What a pure folder may do nevertheless, because its job is to talk to the outside. */
export type Liberty = 'async' | 'clock' | 'network';

export interface PureFolder {
  readonly folder: string;
  /** Files inside that are not pure. */
  readonly except?: RegExp;
  readonly liberties: readonly Liberty[];
}

/** Folders whose code is a function of its arguments: no clock, randomness, timers, host or console. */
export const PURE_FOLDERS: readonly PureFolder[] = [
  { folder: 'consensus/src', liberties: [] },
  // The native paths of the `node` export condition, and key generation, which needs randomness.
  { folder: 'crypto/src', except: /\.node\.ts$|\/node\//, liberties: [] },
  { folder: 'proof/src', liberties: [] },
  { folder: 'node/src/ledger', liberties: [] },
  { folder: 'node/src/wire', liberties: [] },
  // The contract is data; its typed client fetches.
  { folder: 'api/src', liberties: ['async', 'clock', 'network'] },
];

/** Is this file test-only (tests, simulators, models, fuzzing, their helpers)? */
export function isTestPath(path: string): boolean {
  return /(^|\/)(test|sim|fuzz)\/|^consensus\/model\//.test(path);
}

/** Is this path in `folder` or below it? */
export function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
