import { type Block, type State, samePoint } from './state.ts';
import type { BlockId } from './types.ts';

/**
 * Tells of blocks whether their chain down to the tip is held; every block is looked at once, however many are asked for.
 * Threat: blocks that are claims may name one another as parent. So every step must lead down.
 */
export function linkage(state: State): (id: BlockId) => boolean {
  const known = new Map<BlockId, boolean>();
  return (id) => {
    const path: Block[] = [];
    let at = state.blocks.get(id);
    let isLinked = false;
    while (at !== undefined) {
      const { input, parentId } = at;
      isLinked = known.get(at.id) ?? samePoint(input.parent, state.tip);
      path.push(at);
      if (isLinked || known.has(at.id)) break;
      const parent = state.blocks.get(parentId);
      at = parent !== undefined && parent.input.height < input.height ? parent : undefined;
    }
    for (const block of path) known.set(block.id, isLinked);
    return isLinked;
  };
}
