import type { Target } from '../target.ts';
import { LOG_TARGETS } from './log.ts';
import { PROOF_TARGETS } from './proof.ts';
import { STORE_TARGETS } from './store.ts';
import { TEXT_TARGETS } from './text.ts';
import { VERIFIERS } from './verifiers.ts';
import { WIRE_TARGETS } from './wire.ts';

/** Everything that reads bytes or text from outside this process, and whatever is decided by them alone. */
export const TARGETS: readonly Target[] = [
  ...PROOF_TARGETS,
  ...VERIFIERS,
  ...LOG_TARGETS,
  ...WIRE_TARGETS,
  ...STORE_TARGETS,
  ...TEXT_TARGETS,
];

/** The target of this name. Throws for a name that there is not. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no decoder "${name}"`);
  return target;
}

/** So many executions of each target, in the order of `targets`: by their shares, rounded up. */
export function shared(targets: readonly Target[], executions: number): readonly number[] {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  return targets.map(({ share }) => Math.ceil((executions * share) / shares));
}
