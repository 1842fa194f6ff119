import { batchKey } from '../../src/batches.ts';
import { blocksKey } from '../../src/fetching.ts';
import type { Blocks, Message, StoredBlock } from '../../src/interface.ts';
import type { State } from '../../src/state.ts';
import { asHeight, asView, type BatchRef, type BlockPoint } from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';
import { madeUpRef, unasked } from './actor.ts';

/** A view that never comes. */
const FAR_VIEW = 10 ** 9;

/** What it does in one run. */
interface Plan {
  /** The views of the blocks that it makes up: each after its parent's, or far in the future. */
  readonly views: 'next' | 'far';
  /** Whether they name a batch that does not exist; otherwise they execute to something else. */
  readonly refs: boolean;
  /** Whether it gives batches, too. */
  readonly batches: boolean;
  /** Whether it tells of blocks in between that they are final, which is true. */
  readonly finalizations: boolean;
}

/**
 * Answers what others ask for before anybody else can, whomever they ask: blocks with the certified one on top of some
 * that it makes up, and under the digests of batches, true or not, bytes that nobody signed.
 */
export function intruder(): Tamper {
  let plan: Plan | null = null;
  return unasked(
    (_host, to, message) => [[to, message]],
    (host, state) => {
      const { prng } = host.world;
      plan ??= {
        views: prng.pick(['next', 'far']),
        refs: prng.chance(0.7),
        batches: prng.chance(0.5),
        finalizations: prng.chance(0.5),
      };
      return [
        ...falseBlocks(host, state, plan),
        ...(plan.batches ? falseBatches(host, state) : []),
        ...(plan.finalizations ? finalizationBelow(host, state) : []),
      ];
    },
  );
}

function falseBlocks(host: Host, state: State, plan: Plan): readonly Message[] {
  const { finalization, tip, fetches } = state;
  if (finalization === null || fetches.size === 0) return [];
  for (let height = tip.height + 1; height <= finalization.height; height++) {
    if (!fetches.has(blocksKey(height))) continue;
    const held = [...state.blocks.values()].map(({ input, digests }) => ({ ...input, digests }));
    const parents = [tip, ...held].filter((parent) => parent.height === height - 1);
    if (parents.length === 0) return [];
    const parent = host.world.prng.pick(parents);
    return [
      ...trueBlocks(host, height, finalization.height),
      madeUp(host, state, parent, finalization, plan),
    ];
  }
  return [];
}

/** An honest answer, but for less than what is final: what is made up comes while that is being checked. */
function trueBlocks({ disk, world: { prng } }: Host, from: number, to: number): readonly Message[] {
  const last = prng.integer(from, to);
  const finalization = disk.finalizations.get(last);
  const blocks = disk.blocks.slice(from - 1, last);
  return finalization === undefined || last === to ? [] : [{ kind: 'blocks', blocks, finalization }];
}

/** Blocks from `parent` to the certified one. Of that only the certificate's words are true. */
function madeUp(
  host: Host,
  state: State,
  parent: BlockPoint & { readonly timeMs: number },
  finalization: Blocks['finalization'],
  plan: Plan,
): Blocks {
  const blocks: StoredBlock[] = [];
  let { view, digests, timeMs } = parent;
  for (let height = parent.height + 1; height <= finalization.height; height++) {
    const before = { view, height: asHeight(height - 1), digests };
    const isLast = height === finalization.height;
    view = asView(plan.views === 'far' ? FAR_VIEW + height : isLast ? finalization.view : view + 1);
    digests = isLast ? finalization.digests : digests.map(() => host.world.prng.bytes(32));
    timeMs++;
    const refs = plan.refs && blocks.length === 0 ? [madeUpRef(host, state)] : [];
    blocks.push({ view, height: asHeight(height), parent: before, timeMs, refs, digests });
  }
  return { kind: 'blocks', blocks, finalization };
}

/** Of some block between the tip and the highest that is final. */
function finalizationBelow(
  { disk, world: { prng } }: Host,
  { tip, finalization }: State,
): readonly Message[] {
  if (finalization === null || finalization.height < tip.height + 2) return [];
  const known = disk.finalizations.get(prng.integer(tip.height + 1, finalization.height - 1));
  return known === undefined ? [] : [known];
}

function falseBatches({ world: { prng } }: Host, state: State): readonly Message[] {
  const wanted = new Map<string, BatchRef>();
  if (state.fetches.size === 0) return [];
  for (const { input } of state.blocks.values()) {
    for (const ref of input.refs) if (state.fetches.has(batchKey(ref))) wanted.set(batchKey(ref), ref);
  }
  return [...wanted.values()].map((ref) => {
    const base = state.tip.origins[ref.origin];
    const before = state.origins[ref.origin]?.chain[ref.seq - (base?.nextSeq ?? 0) - 1];
    const prev = before?.ref.digest ?? base?.lastDigest ?? prng.bytes(32);
    return { kind: 'batch', ...ref, prev, payload: prng.bytes(8), signature: prng.bytes(8) };
  });
}
