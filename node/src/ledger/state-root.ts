import { concatBytes, hashOf, u64be, utf8 } from '@hufu/crypto';
import { appendLeaves, EMPTY_FRONTIER, type GenesisParameters, root, type SuiteDigests } from '@hufu/proof';
import type { GatewayState, LedgerState } from './types.ts';

/**
 * What a header says about the state, so that a snapshot can be checked: per suite, the root of an RFC 9162 tree
 * whose leaves are the parameters, then the gateways by index (docs/spec/ledger-state.md).
 */
export function stateRoots(
  state: Pick<LedgerState, 'genesis' | 'suites' | 'epoch' | 'gateways'>,
): SuiteDigests {
  const leaves = [
    parametersLeaf(state.epoch, state.genesis.parameters),
    ...state.gateways.map((gateway) => gatewayLeaf(gateway, state.suites.indexOf(gateway.suite))),
  ];
  return state.suites.map((suite) => {
    const name = hashOf(suite);
    return root(name, appendLeaves(name, EMPTY_FRONTIER, leaves).frontier);
  });
}

/** `hufu/state/parameters/v1`: the epoch, then every parameter in the order of the genesis file. */
function parametersLeaf(epoch: number, parameters: GenesisParameters): Uint8Array {
  return leaf('parameters', [
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
  ]);
}

/** `hufu/state/gateway/v1`: index, next serial, position of its suite in the genesis, its key. */
function gatewayLeaf(gateway: GatewayState, suite: number): Uint8Array {
  const { index, nextSerial, publicKey } = gateway;
  return leaf('gateway', [index, nextSerial, suite, publicKey.length], publicKey);
}

function leaf(kind: string, integers: readonly number[], tail: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concatBytes(utf8(`hufu/state/${kind}/v1`), Uint8Array.of(0), ...integers.map(u64be), tail);
}
