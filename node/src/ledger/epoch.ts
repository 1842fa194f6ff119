import { fromHex } from '@hufu/crypto';
import type { GenesisGateway, GovernanceContext } from '@hufu/proof';
import type { GatewayState, LedgerState } from './types.ts';

/**
 * The state in which the block after an epoch's last is executed: the next validators, parameters and gateways; the
 * log and every gateway's serials go on. A state whose epoch goes on is returned as it is.
 */
export function enterEpoch(state: LedgerState): LedgerState {
  const { next } = state;
  if (next === null) return state;
  return {
    ...state,
    epoch: next.validators.epoch,
    epochFirstHeight: state.tip.height + 1,
    registry: next.registry,
    validators: next.validators,
    validatorSetDigest: next.validatorSetDigest,
    next: null,
    gateways: gatewayStates(next.registry.gateways, (index) => state.gateways[index]?.nextSerial),
  };
}

/** What a governance action is judged against when the next block is to apply it; `state` has entered its epoch. */
export function governanceContext(state: LedgerState): GovernanceContext {
  const { chainId, suites, epoch, registry, validatorSetDigest, epochFirstHeight, tip } = state;
  return {
    chainId,
    suites,
    epoch,
    registry,
    validatorSetDigest,
    firstHeight: epochFirstHeight,
    parentHeight: tip.height,
  };
}

/** The gateways of a registry, each with its next serial; one that has none yet begins with 0. */
export function gatewayStates(
  gateways: readonly GenesisGateway[],
  nextSerialOf: (index: number) => number | undefined,
): readonly GatewayState[] {
  return gateways.map(({ index, name, member, suite, publicKey }) => {
    const key = fromHex(publicKey);
    // Every registry was checked before it came here.
    if (key === undefined) throw new Error(`gateway ${name}: public key is not hex`);
    return { index, name, member, suite, publicKey: key, nextSerial: nextSerialOf(index) ?? 0 };
  });
}
