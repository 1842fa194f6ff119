import { concatBytes, fromHex, type SuiteName, u64be, utf8 } from '@hufu/crypto';
import {
  type GenesisParameters,
  type GenesisValidator,
  type Member,
  type Registry,
  ROLES,
} from '@hufu/proof';
import type { GatewayState, LedgerState } from './types.ts';

/** What the leaves of a state say: the ledger's state but for the log and the chain of blocks. */
export type StateContents = Pick<LedgerState, 'epoch' | 'registry' | 'gateways'>;

/** The leaves of the state tree, in its order: parameters, members, validators, gateways (docs/spec/ledger-state.md). */
export function stateLeaves(state: StateContents & Pick<LedgerState, 'suites'>): readonly Uint8Array[] {
  const { suites, epoch, registry, gateways } = state;
  return [...registryLeaves(suites, epoch, registry), ...gatewayLeaves(suites, gateways)];
}

/** Those before the gateways: the same for a whole epoch. */
export function registryLeaves(
  suites: readonly SuiteName[],
  epoch: number,
  registry: Registry,
): readonly Uint8Array[] {
  return [
    parametersLeaf(epoch, registry.parameters),
    ...registry.members.map(memberLeaf),
    ...registry.validators.map((validator, index) => validatorLeaf(validator, index, suites)),
  ];
}

export function gatewayLeaves(
  suites: readonly SuiteName[],
  gateways: readonly GatewayState[],
): readonly Uint8Array[] {
  return gateways.map((gateway) => gatewayLeaf(gateway, suites));
}

export type LeafKind = 'parameters' | 'member' | 'validator' | 'gateway';

/** What a leaf of the kind begins with; no leaf of another kind does. */
export function leafPrefix(kind: LeafKind): Uint8Array {
  return concatBytes(utf8(`hufu/state/${kind}/v1`), Uint8Array.of(0));
}

/** `hufu/state/parameters/v1`: the epoch, then every parameter in the order of the genesis file. */
function parametersLeaf(epoch: number, parameters: GenesisParameters): Uint8Array {
  const values = [
    epoch,
    parameters.minDeltaMs,
    parameters.maxDeltaMs,
    parameters.maxClockSkewMs,
    parameters.heartbeatMs,
    parameters.maxBlockBatches,
    parameters.maxBatchBytes,
    parameters.maxPendingBatchesPerOrigin,
    parameters.maxFetchBlocks,
    parameters.maxSubmissionRecords,
    parameters.maxSubmissionBytes,
  ];
  return leaf('parameters', values.map(u64be));
}

/** `hufu/state/member/v1`: position, name, organisation, number of roles, each as its position in ROLES. */
function memberLeaf({ name, organisation, roles }: Member, index: number): Uint8Array {
  const positions = roles.map((role) => u64be(ROLES.indexOf(role)));
  return leaf('member', [u64be(index), text(name), text(organisation), u64be(roles.length), ...positions]);
}

/** `hufu/state/validator/v1`: index, member, peer id, one key per suite in the order of the genesis. */
function validatorLeaf(
  { member, peerId, keys }: GenesisValidator,
  index: number,
  suites: readonly SuiteName[],
): Uint8Array {
  const raw = suites.map((suite) => prefixed(fromHex(keys[suite] ?? '') ?? new Uint8Array(0)));
  return leaf('validator', [u64be(index), text(member), text(peerId), ...raw]);
}

/** `hufu/state/gateway/v1`: index, next serial, position of its suite in the genesis, name, member, key. */
function gatewayLeaf(gateway: GatewayState, suites: readonly SuiteName[]): Uint8Array {
  const { index, nextSerial, suite, name, member, publicKey } = gateway;
  const numbers = [index, nextSerial, suites.indexOf(suite)].map(u64be);
  return leaf('gateway', [...numbers, text(name), text(member), prefixed(publicKey)]);
}

function leaf(kind: LeafKind, parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(leafPrefix(kind), ...parts);
}

function text(value: string): Uint8Array {
  return prefixed(utf8(value));
}

/** After its length, so that no two lists of fields have the same bytes. */
function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(u64be(bytes.length), bytes);
}
