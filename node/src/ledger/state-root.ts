import { hashOf, type SuiteName } from '@hufu/crypto';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  type Registry,
  root,
  type SuiteDigests,
} from '@hufu/proof';
import { gatewayLeaves, registryLeaves } from './state-leaves.ts';
import type { LedgerState } from './types.ts';

/**
 * What a header says about the state, so that a snapshot can be checked: per suite, the root of an RFC 9162 tree
 * over `stateLeaves`.
 */
export function stateRoots(
  state: Pick<LedgerState, 'suites' | 'epoch' | 'registry' | 'gateways'>,
): SuiteDigests {
  const { suites, epoch, registry, gateways } = state;
  const leaves = gatewayLeaves(suites, gateways);
  const frontiers = registryFrontiers(suites, epoch, registry);
  return suites.map((suite, i) => {
    const name = hashOf(suite);
    return root(name, appendLeaves(name, frontiers[i] ?? EMPTY_FRONTIER, leaves).frontier);
  });
}

interface RegistryFrontiers {
  readonly epoch: number;
  readonly suites: readonly SuiteName[];
  readonly frontiers: readonly Frontier[];
}

/** The part of the tree before the gateways: the same for a whole epoch, and most of the work. */
const REGISTRY_FRONTIERS = new WeakMap<Registry, RegistryFrontiers>();

function registryFrontiers(
  suites: readonly SuiteName[],
  epoch: number,
  registry: Registry,
): readonly Frontier[] {
  const known = REGISTRY_FRONTIERS.get(registry);
  if (known?.epoch === epoch && known.suites === suites) return known.frontiers;
  const leaves = registryLeaves(suites, epoch, registry);
  const frontiers = suites.map((suite) => appendLeaves(hashOf(suite), EMPTY_FRONTIER, leaves).frontier);
  REGISTRY_FRONTIERS.set(registry, { epoch, suites, frontiers });
  return frontiers;
}
