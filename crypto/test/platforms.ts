import * as node from '../src/index.node.ts';
import * as browser from '../src/index.ts';

/** What a browser gets and what Node gets: every rule is checked on both. */
export const PLATFORMS = [
  { platform: 'node', api: node },
  { platform: 'browser', api: browser },
] as const;
