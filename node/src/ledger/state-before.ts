import type { HeaderDigests } from '@hufu/consensus';
import {
  type Frontier,
  type Header,
  type Registry,
  registryValidatorSet,
  validatorSetDigests,
} from '@hufu/proof';
import { gatewayStates } from './epoch.ts';
import type { StateContents } from './state-leaves.ts';
import type { LedgerState, NextEpoch } from './types.ts';

/** What is known of an epoch's beginning without having executed what came before. All of it was checked. */
export interface KnownBeginning {
  /** The epoch that ends. */
  readonly ending: { readonly epoch: number; readonly firstHeight: number; readonly registry: Registry };
  /** Its last block. */
  readonly header: Header;
  readonly digests: HeaderDigests;
  /** The log's right edge after that, one per suite. */
  readonly frontiers: readonly Frontier[];
  /** What the next epoch begins with. */
  readonly next: StateContents;
}

/**
 * The state after an epoch's last block, as it would be had all blocks been executed: still that of the epoch that ends, and
 * knowing the next. `chain` is any state of the same chain.
 */
export function stateBefore(chain: LedgerState, known: KnownBeginning): LedgerState {
  const { ending, header, digests, frontiers, next } = known;
  const { suites } = chain;
  return {
    ...chain,
    ...participants(suites, ending.epoch, ending.registry),
    epoch: header.epoch,
    epochFirstHeight: ending.firstHeight,
    next: participants(suites, next.epoch, next.registry),
    tip: { view: header.view, height: header.height, digests, timeMs: header.timeMs },
    logSize: header.logSize,
    frontiers,
    gateways: gatewayStates(ending.registry.gateways, (index) => next.gateways[index]?.nextSerial),
  };
}

function participants(suites: LedgerState['suites'], epoch: number, registry: Registry): NextEpoch {
  const validators = registryValidatorSet(epoch, suites, registry);
  return { registry, validators, validatorSetDigest: validatorSetDigests(validators) };
}
