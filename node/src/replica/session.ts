import {
  asValidatorIndex,
  type Config,
  type Effect,
  type Epoch,
  init,
  type Recovery,
  type State,
  step,
  type ValidatorIndex,
} from '@hufu/consensus';
import { equalBytes, hashOf, type Signer } from '@hufu/crypto';
import type { LedgerState } from '../ledger/types.ts';
import type { PeerId } from '../p2p/peer-transport.ts';
import { ProtocolSignatures } from './signatures.ts';

/** The core is told of the machine's clock when it is off by this much. */
const CLOCK_STEP_MS = 10;

/** What tells a node from others. */
export interface NodeKeys {
  readonly peerId: PeerId;
  /** Sets of one signer per suite, in order: the keys in use, and those that a later epoch may name instead. */
  readonly keySets: readonly (readonly Signer[])[];
}

/** A node's part in an epoch. */
export type Place =
  | { readonly kind: 'validator'; readonly index: ValidatorIndex; readonly signers: readonly Signer[] }
  | { readonly kind: 'none'; readonly reason: string };

/** The protocol in one epoch, as this node takes part in it. */
export interface Session {
  readonly epoch: Epoch;
  /** By validator index. */
  readonly validators: readonly PeerId[];
  /** Null for a node that follows and signs nothing. */
  readonly self: ValidatorIndex | null;
  readonly protocol: ProtocolSignatures;
  core: State;
  /** How far the machine's clock is ahead of the timers', as the core was told last, ms. */
  clockAheadMs: number;
}

/** A node that has found its key used elsewhere, or the chain forked. */
export const HALTED: Place = { kind: 'none', reason: 'halted' };

/**
 * Where the registry of the state's epoch has this node, if with keys that it holds and may use: `reasonToObserve` is asked
 * of those that it names.
 */
export function placeIn(
  { epoch, registry, validators }: LedgerState,
  { peerId, keySets }: NodeKeys,
  reasonToObserve: (keySet: number) => string | undefined = () => undefined,
): Place {
  const index = registry.validators.findIndex((validator) => validator.peerId === peerId);
  const registered = validators.validators[index]?.keys;
  if (registered === undefined) {
    return { kind: 'none', reason: `this node is not a validator of epoch ${epoch}` };
  }
  const keySet = keySets.findIndex((keys) =>
    registered.every((key, suite) => equalBytes(key, keys[suite]?.publicKey ?? new Uint8Array(0))),
  );
  const signers = keySets[keySet];
  if (signers === undefined) {
    return { kind: 'none', reason: `epoch ${epoch} names other keys for this node than those it has` };
  }
  const reason = reasonToObserve(keySet);
  return reason === undefined
    ? { kind: 'validator', index: asValidatorIndex(index), signers }
    : { kind: 'none', reason };
}

/**
 * Begins or resumes the epoch of `state`, which has entered it. Throws when the recovery contradicts it: a host must not
 * go on from such a disk.
 */
export function beginSession(
  state: LedgerState,
  place: Place,
  recovery: Recovery,
  nowMs: number,
): { readonly session: Session; readonly effects: readonly Effect[] } {
  const { epoch, epochFirstHeight, registry, suites } = state;
  const [firstSuite] = suites;
  if (firstSuite === undefined) throw new Error('a chain has at least one suite');
  const self = place.kind === 'validator' ? place.index : null;
  const config: Config = {
    n: registry.validators.length,
    self,
    epoch,
    genesisHeight: epochFirstHeight - 1,
    hash: hashOf(firstSuite),
    parameters: registry.parameters,
  };
  const { state: core, effects } = init(config, recovery, nowMs);
  const protocol = new ProtocolSignatures(state, self, place.kind === 'validator' ? place.signers : []);
  const validators = registry.validators.map(({ peerId }) => peerId);
  return { session: { epoch, validators, self, protocol, core, clockAheadMs: 0 }, effects };
}

/** Tells the core when the machine's clock, at `wallMs`, and the timers', at `nowMs`, have come apart. */
export function followClock(session: Session, wallMs: number, nowMs: number): readonly Effect[] {
  const aheadMs = wallMs - nowMs;
  if (Math.abs(aheadMs - session.clockAheadMs) < CLOCK_STEP_MS) return [];
  session.clockAheadMs = aheadMs;
  const { state, effects } = step(session.core, { type: 'clock', aheadMs, nowMs });
  session.core = state;
  return effects;
}
