import { deepStrictEqual } from 'node:assert';
import { type Block, Simplex } from '../../model/simplex.ts';

interface Size {
  readonly n: number;
  readonly byzantine: readonly number[];
  readonly quorum: number;
}

/** A block as simplex.qnt has it: what each leader added, from the genesis block on. */
type Chain = readonly { readonly view: number; readonly content: number; readonly ends: boolean }[];
interface Entry {
  readonly kind: string;
  readonly view: number;
  readonly block: Chain;
}
interface State {
  readonly log: ReadonlyMap<number, readonly Entry[]>;
  readonly durable: ReadonlyMap<number, number>;
  readonly sent: readonly (Entry & { readonly signer: number })[];
}

/**
 * Replays a trace of simplex.qnt, in the Informal Trace Format, on simplex.ts, and compares every state. Returns the
 * number of steps.
 */
export function replay(text: string, { n, byzantine, quorum }: Size): number {
  const states = statesOf(text);
  const blocks = new Blocks();
  const model = new Simplex({ n, byzantine: new Set(byzantine), quorum, genesis: blocks.of([]) });
  for (const [index, state] of states.entries()) {
    const before = states[index - 1];
    if (before !== undefined) act(model, blocks, before, state);
    for (const [i, log] of state.log) {
      deepStrictEqual(
        model.log(i).map(({ kind, view, block }) => `${kind} ${view} ${block.key}`),
        log.map((entry) => blocks.nameOf(entry)),
      );
      deepStrictEqual(model.durable(i), state.durable.get(i));
    }
    const sent = state.sent.map((message) => `${message.signer} ${blocks.nameOf(message)}`);
    deepStrictEqual(model.sent(), sent.sort());
  }
  return states.length - 1;
}

/** Which action led to the next state follows from what changed: a validator's log, or how much of it is durable. */
function act(model: Simplex, blocks: Blocks, before: State, after: State): void {
  for (const [i, log] of after.log) {
    const known = before.log.get(i)?.length ?? 0;
    const durable = after.durable.get(i) ?? 0;
    const synced = durable > (before.durable.get(i) ?? 0);
    const added = log[known];
    if (added !== undefined) write(model, i, added.kind, added.view, blocks.of(added.block), synced);
    else if (log.length < known) model.crash(i);
    else if (synced) model.flush(i, durable);
  }
}

function write(model: Simplex, i: number, kind: string, view: number, block: Block, atOnce: boolean): void {
  switch (kind) {
    case 'propose':
      model.propose(i, view, block, atOnce);
      break;
    case 'notarize':
      model.notarize(i, view, block, atOnce);
      break;
    case 'nullify':
      model.nullify(i, view, atOnce);
      break;
    case 'finalize':
      model.finalize(i, view, block, atOnce);
      break;
    case 'enter':
      model.enter(i, view, atOnce);
      break;
    default:
      throw new Error(`no action writes ${kind}`);
  }
}

/** One object for each block, however often a trace spells it out. */
class Blocks {
  readonly #known = new Map<string, Block>();

  of(chain: Chain): Block {
    const key = chain.map(({ view, content, ends }) => `${view}.${content}${ends ? '!' : ''}`).join('/');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const last = chain.at(-1);
    const parent = last === undefined ? null : this.of(chain.slice(0, -1));
    const block = { key, parent, view: last?.view ?? 0, endsEpoch: last?.ends ?? false };
    this.#known.set(key, block);
    return block;
  }

  nameOf({ kind, view, block }: Entry): string {
    return `${kind} ${view} ${this.of(block).key}`;
  }
}

/** Numbers are {"#bigint": "1"}, sets {"#set": […]}, maps {"#map": [[key, value], …]}; names carry their modules. */
function statesOf(text: string): readonly State[] {
  const trace: { states: readonly State[] } = JSON.parse(text, (_, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if ('#bigint' in value) return Number(value['#bigint']);
    if ('#set' in value) return value['#set'];
    if ('#map' in value) return new Map(value['#map']);
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name.replace(/^.*::/, ''), field]),
    );
  });
  return trace.states;
}
