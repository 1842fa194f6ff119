/**
 * Every behaviour of a few views, not a sample. Needs no order of steps: what is voted in a view depends on the
 * certificates of earlier views alone, and these only ever enable votes. So each behaviour can be reordered to end view
 * after view, and of a view nothing matters later but its certificates. Nobody is held to a current view, leaders are
 * Byzantine and honest validators equal: all of which only allows more than simplex.qnt does, whose rules these are.
 */

export interface Bounds {
  readonly n: number;
  readonly byzantine: number;
  readonly quorum: number;
  readonly views: number;
}

/** A rule that is left out, named as in simplex.qnt. */
export type Without =
  | 'one-notarize-a-view'
  | 'never-nullify-and-finalize'
  | 'nullification-of-every-view-between'
  | 'nothing-beyond-the-last-block'
  | 'last-block-unchanged';

/** A block is its chain: one `view.content` for each height, `!` after the one that ends the epoch. */
type Block = string;
const GENESIS: Block = '';

/** What a view ended with. B names a block: by its chain, or by its number among those that may be voted for. */
interface Certificates<B> {
  readonly notarized: readonly B[];
  readonly finalized: readonly B[];
  readonly nullified: boolean;
}

export interface Exhausted {
  /** Ways, different in certificates, in which the views can end. */
  readonly outcomes: number;
  /** The first that violates an invariant, and which; null when none does. */
  readonly violation: string | null;
}

export function exhaust(bounds: Bounds, without: Without | null = null): Exhausted {
  const start: Certificates<Block> = { notarized: [GENESIS], finalized: [], nullified: false };
  // To voters blocks are alike: how many there are decides in which ways the view can end.
  const known = new Map<number, readonly Certificates<number>[]>();
  let pasts: readonly (readonly Certificates<Block>[])[] = [[start]];
  for (let view = 1; view <= bounds.views; view++) {
    const longer: (readonly Certificates<Block>[])[] = [];
    for (const past of pasts) {
      const blocks = justified(past, without);
      const outcomes = known.get(blocks.length) ?? outcomesOf(bounds, without, blocks.length);
      known.set(blocks.length, outcomes);
      for (const outcome of outcomes) {
        const views = [...past, named(outcome, blocks)];
        const broken = violated(views);
        if (broken !== null)
          return { outcomes: longer.length, violation: `${broken}: ${JSON.stringify(views)}` };
        longer.push(views);
      }
    }
    pasts = longer;
  }
  return { outcomes: pasts.length, violation: null };
}

/** Blocks that a voter of the next view may accept. */
function justified(past: readonly Certificates<Block>[], without: Without | null): readonly Block[] {
  const blocks = new Set<Block>();
  for (const [index, { nullified, notarized }] of [...past.entries()].reverse()) {
    for (const parent of notarized) for (const block of over(parent, past.length, without)) blocks.add(block);
    if (index > 0 && !nullified && without !== 'nullification-of-every-view-between') break;
  }
  return [...blocks];
}

/** Two contents are enough for two blocks in one view, and each may end the epoch. */
function over(parent: Block, view: number, without: Without | null): readonly Block[] {
  const built = (base: Block): readonly Block[] =>
    ['a', 'b', 'a!', 'b!'].map((content) => `${base}${view}${content}/`);
  if (!parent.endsWith('!/') || without === 'nothing-beyond-the-last-block') return built(parent);
  if (without !== 'last-block-unchanged') return [parent];
  return built(parent.slice(0, parent.lastIndexOf('/', parent.length - 2) + 1));
}

function named(
  { notarized, finalized, nullified }: Certificates<number>,
  blocks: readonly Block[],
): Certificates<Block> {
  const names = (numbers: readonly number[]): readonly Block[] =>
    blocks.filter((_, index) => numbers.includes(index));
  return { notarized: names(notarized), finalized: names(finalized), nullified };
}

/**
 * Every set of certificates that the honest validators can give a view, with the votes of all Byzantine ones. What an
 * honest validator notarizes does not bind it in whether it nullifies or finalizes, so the two are chosen apart.
 */
function outcomesOf(
  bounds: Bounds,
  without: Without | null,
  blocks: number,
): readonly Certificates<number>[] {
  const { n, byzantine, quorum } = bounds;
  const needed = quorum - byzantine;
  const outcomes = new Map<string, Certificates<number>>();
  for (const notarizes of multisets(notarizeChoices(blocks, without), n - byzantine)) {
    const notarized = reached(notarizes.flat(), needed);
    for (const seconds of multisets(secondChoices(notarized, without), n - byzantine)) {
      const finalized = reached(
        seconds.flatMap(({ finalize }) => (finalize === null ? [] : [finalize])),
        needed,
      );
      const nullified = seconds.filter(({ nullify }) => nullify).length >= needed;
      outcomes.set(`${notarized} ${finalized} ${nullified}`, { notarized, finalized, nullified });
    }
  }
  return [...outcomes.values()];
}

/** Nothing, or one block; two where that is allowed. */
function notarizeChoices(blocks: number, without: Without | null): readonly (readonly number[])[] {
  const numbers = Array.from({ length: blocks }, (_, number) => number);
  const pairs = numbers.flatMap((a) => numbers.slice(a + 1).map((b) => [a, b]));
  return [[], ...numbers.map((block) => [block]), ...(without === 'one-notarize-a-view' ? pairs : [])];
}

/** Rule "certificate": nobody finalizes what is not notarized. */
function secondChoices(notarized: readonly number[], without: Without | null) {
  return [null, ...notarized].flatMap((finalize) =>
    [false, true]
      .filter((nullify) => !nullify || finalize === null || without === 'never-nullify-and-finalize')
      .map((nullify) => ({ nullify, finalize })),
  );
}

/** The blocks with enough votes, in order. */
function reached(votes: readonly number[], needed: number): readonly number[] {
  const blocks = [...new Set(votes)].sort((a, b) => a - b);
  return blocks.filter((block) => votes.filter((vote) => vote === block).length >= needed);
}

/** Honest validators are equal: only how many chose what matters. */
function* multisets<T>(of: readonly T[], size: number, from = 0): Generator<readonly T[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [offset, choice] of of.slice(from).entries()) {
    for (const rest of multisets(of, size - 1, from + offset)) yield [choice, ...rest];
  }
}

/** The invariants of simplex.qnt, over all views that have ended. */
function violated(views: readonly Certificates<Block>[]): string | null {
  const finals = views.flatMap(({ finalized }) => finalized);
  const related = (a: Block, b: Block): boolean => a.startsWith(b) || b.startsWith(a);
  if (!finals.every((a) => finals.every((b) => related(a, b)))) return 'agreement';
  if (views.some(({ notarized }) => notarized.length > 1)) return 'oneNotarizedBlockAView';
  if (views.some(({ finalized, nullified }) => finalized.length > 0 && nullified)) {
    return 'finalizedViewIsNotNullified';
  }
  for (const [index, { finalized }] of views.entries()) {
    const later = views.slice(index).flatMap(({ notarized }) => notarized);
    if (!finalized.every((final) => later.every((block) => block.startsWith(final))))
      return 'certifiedPrefix';
  }
  const beyond = views.some(({ notarized }) => notarized.some((block) => block.slice(0, -1).includes('!/')));
  const lasts = new Set(finals.filter((block) => block.endsWith('!/')));
  return beyond || lasts.size > 1 ? 'lastBlockIsUnique' : null;
}
