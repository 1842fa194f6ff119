import { quorum } from '@hufu/consensus';
import { type Signer, toHex } from '@hufu/crypto';
import { decodeGovernanceAction, type GenesisValidator, type Member, type Registry } from '@hufu/proof';
import type { LedgerState } from '../src/ledger/types.ts';
import { actionOf } from '../test/support/governance.ts';
import { SUITE, validatorOf } from './keys.ts';
import type { Life, SimNode } from './node.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

const RETRY_MS = 500;
const MIN_VALIDATORS = 3;

export const CHANGES = ['parameters', 'rotate', 'join', 'remove'] as const;
export type Change = (typeof CHANGES)[number];

export interface GovernorParts {
  readonly nodes: readonly SimNode[];
  readonly members: readonly Member[];
  /** The node that may lose its data, and its vote with it. */
  readonly doomed: SimNode;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly onRefused: (node: SimNode, code: string) => void;
}

/**
 * The members' people: they agree on the next registry, sign it with the validators' keys, which needs no node to be up, and
 * hand it to one node after the other until the epoch is over.
 */
export class Governor {
  readonly #parts: GovernorParts;
  readonly #keys: ReadonlyMap<string, Signer>;
  /** Documents that were signed, by the epoch that they end. */
  readonly documents = new Map<number, Uint8Array[]>();
  #pending: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;

  constructor(parts: GovernorParts) {
    this.#parts = parts;
    const signers = parts.nodes.flatMap((node) => node.parts.keySets.flat());
    this.#keys = new Map(signers.map((signer) => [toHex(signer.publicKey), signer]));
  }

  /** Nothing is on its way that would end an epoch. */
  get isIdle(): boolean {
    const newest = this.#newest()?.epoch ?? 0;
    return this.#pending === undefined || this.#pending.epoch < newest;
  }

  /** Proposes a change of this kind, if it is possible now. */
  propose(change: Change): void {
    const state = this.#newest();
    if (state === undefined || !this.isIdle) return;
    // Readiness is declared for a height of the epoch.
    if (state.tip.height < state.epochFirstHeight) return;
    const changed = this.#changed(change, state.registry);
    if (changed === undefined || !this.#canGoOn({ ...state.registry, ...changed })) return;
    const sign = (validator: GenesisValidator, messages: readonly Uint8Array[]): readonly Uint8Array[] => {
      const signer = this.#keys.get(validator.keys[SUITE] ?? '');
      if (signer === undefined) throw new Error(`no key of ${validator.member}`);
      return messages.map((message) => signer.sign(message));
    };
    const bytes = actionOf({ state, sign }, changed);
    const action = decodeGovernanceAction(bytes);
    if (!action.ok) throw new Error(action.error.remark);
    const documents = this.documents.get(state.epoch) ?? [];
    this.documents.set(state.epoch, [...documents, action.value.document]);
    this.#pending = { epoch: state.epoch, bytes };
    this.#submit();
  }

  #submit(): void {
    const { time, random, nodes } = this.#parts;
    if (this.isIdle || this.#pending === undefined) return;
    const { bytes } = this.#pending;
    const { life } = random.pick(nodes);
    void life?.submitGovernance(bytes).then((outcome) => {
      if (outcome === undefined || outcome.ok) return;
      switch (outcome.code) {
        case 'overloaded':
        case 'draining':
        // It is not yet, or no longer, in the epoch.
        case 'governance-wrong-epoch':
        case 'governance-not-ready':
          return;
        default:
          this.#parts.onRefused(life.node, outcome.code);
      }
    });
    time.after(RETRY_MS * random.integer(1, 4), () => this.#submit());
  }

  /** The state of whoever is furthest. */
  #newest(): LedgerState | undefined {
    const lives = this.#parts.nodes
      .map(({ life }) => life)
      .filter((life): life is Life => life !== undefined);
    const states = lives.flatMap(({ state }) => (state === undefined ? [] : [state]));
    return states.sort((a, b) => b.tip.height - a.tip.height)[0];
  }

  #changed(change: Change, registry: Registry): Partial<Registry> | undefined {
    const { random, members } = this.#parts;
    const { validators, parameters } = registry;
    const isIn = (node: SimNode): boolean => validators.some(({ peerId }) => peerId === node.peerId);
    switch (change) {
      case 'parameters': {
        const maxBlockBatches = random.integer(1, 16);
        const heartbeatMs = random.integer(2_000, 20_000);
        return { parameters: { ...parameters, maxBlockBatches, heartbeatMs } };
      }
      case 'rotate': {
        const chosen = random.integer(0, validators.length - 1);
        return { validators: validators.map((each, i) => (i === chosen ? this.#rotated(each) : each)) };
      }
      case 'join': {
        const outside = this.#parts.nodes.filter((node) => !isIn(node));
        if (outside.length === 0) return undefined;
        const joiner = random.pick(outside);
        const member = members.find(({ name }) => name === joiner.name);
        const keys = joiner.parts.keySets[0]?.[0];
        if (member === undefined || keys === undefined) return undefined;
        const known = registry.members.some(({ name }) => name === member.name);
        const at = random.integer(0, validators.length);
        return {
          members: known ? registry.members : [...registry.members, member],
          validators: validators.toSpliced(at, 0, validatorOf(member.name, joiner.peerId, keys)),
        };
      }
      case 'remove': {
        if (validators.length <= MIN_VALIDATORS) return undefined;
        return { validators: validators.toSpliced(random.integer(0, validators.length - 1), 1) };
      }
    }
  }

  /** The validator with the next of its key sets. */
  #rotated({ member, peerId, keys }: GenesisValidator): GenesisValidator {
    const sets = this.#parts.nodes.find((node) => node.peerId === peerId)?.parts.keySets ?? [];
    const used = sets.findIndex(
      ([signer]) => signer !== undefined && toHex(signer.publicKey) === keys[SUITE],
    );
    const next = sets[(used + 1) % sets.length]?.[0];
    if (next === undefined) throw new Error(`no keys for ${member}`);
    return validatorOf(member, peerId, next);
  }

  /** A quorum of the next validators has its votes, whatever becomes of the doomed node. */
  #canGoOn({ validators }: Registry): boolean {
    const voters = validators.filter(({ peerId }) => peerId !== this.#parts.doomed.peerId);
    return voters.length >= quorum(validators.length);
  }
}
