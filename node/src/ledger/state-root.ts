import { concatBytes, fromHex, hashOf, type SuiteName, u64be, utf8 } from '@hufu/crypto';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  type GenesisParameters,
  type GenesisValidator,
  type Member,
  type Registry,
  ROLES,
  root,
  type SuiteDigests,
} from '@hufu/proof';
import type { GatewayState, LedgerState } from './types.ts';

/**
 * What a header says about the state, so that a snapshot can be checked: per suite, the root of an RFC 9162 tree
 * whose leaves are the parameters, then the members, the validators and the gateways (docs/spec/ledger-state.md).
 */
export function stateRoots(
  state: Pick<LedgerState, 'suites' | 'epoch' | 'registry' | 'gateways'>,
): SuiteDigests {
  const { suites, epoch, registry, gateways } = state;
  const leaves = gateways.map((gateway) => gatewayLeaf(gateway, suites));
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
  const leaves = [
    parametersLeaf(epoch, registry.parameters),
    ...registry.members.map(memberLeaf),
    ...registry.validators.map((validator, index) => validatorLeaf(validator, index, suites)),
  ];
  const frontiers = suites.map((suite) => appendLeaves(hashOf(suite), EMPTY_FRONTIER, leaves).frontier);
  REGISTRY_FRONTIERS.set(registry, { epoch, suites, frontiers });
  return frontiers;
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

function leaf(kind: string, parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(utf8(`hufu/state/${kind}/v1`), Uint8Array.of(0), ...parts);
}

function text(value: string): Uint8Array {
  return prefixed(utf8(value));
}

/** After its length, so that no two lists of fields have the same bytes. */
function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(u64be(bytes.length), bytes);
}
