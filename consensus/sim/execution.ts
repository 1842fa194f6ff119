import { concatBytes, hash, u64be, utf8 } from '@hufu/crypto';
import type { Tip } from '../src/interface.ts';
import { asHeight, asView, type BlockInput, type BlockPoint, type HeaderDigests } from '../src/types.ts';

const SUITES = ['one', 'two'];

/** The genesis block of the simulated chain: what a real genesis file's digests are. */
export function genesis(n: number): Tip {
  return {
    view: asView(0),
    height: asHeight(0),
    digests: SUITES.map((suite) => hash('sha256', utf8(`genesis ${suite}`))),
    timeMs: 0,
    endsEpoch: false,
    origins: Array.from({ length: n }, () => ({ nextSeq: 0, lastDigest: new Uint8Array(32) })),
  };
}

/** A toy ledger: a header is the hash of everything its block was made of, the parent's header included. */
export function executeBlock(input: BlockInput): HeaderDigests {
  // All nodes get the same objects of one proposal, so that most blocks are hashed once.
  const known = EXECUTED.get(input.parent);
  if (known !== undefined && isSame(known.input, input)) return known.digests;
  const digests = hashBlock(input);
  EXECUTED.set(input.parent, { input, digests });
  return digests;
}
const EXECUTED = new WeakMap<BlockPoint, { readonly input: BlockInput; readonly digests: HeaderDigests }>();

function isSame(a: BlockInput, b: BlockInput): boolean {
  return a.view === b.view && a.height === b.height && a.timeMs === b.timeMs && a.refs === b.refs;
}

function hashBlock(input: BlockInput): HeaderDigests {
  const parts = [
    u64be(input.view),
    u64be(input.height),
    u64be(input.timeMs),
    ...input.parent.digests,
    ...input.refs.flatMap(({ origin, seq, digest }) => [u64be(origin), u64be(seq), digest]),
  ];
  return SUITES.map((suite) => hash('sha256', concatBytes(utf8(suite), ...parts)));
}
