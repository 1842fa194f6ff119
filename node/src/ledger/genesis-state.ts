import { asHeight, asView } from '@hufu/consensus';
import { EMPTY_FRONTIER, genesisValidatorSet, type ParsedGenesis, validatorSetDigests } from '@hufu/proof';
import { gatewayStates } from './epoch.ts';
import type { LedgerState } from './types.ts';

/** The ledger before its first block: an empty log, and the registry as the genesis has it. */
export function genesisState({ genesis, chainId }: ParsedGenesis): LedgerState {
  const { members, validators, gateways, parameters } = genesis;
  const set = genesisValidatorSet(genesis);
  return {
    genesis,
    chainId,
    suites: genesis.suites,
    epoch: set.epoch,
    epochFirstHeight: 1,
    registry: { members, validators, gateways, parameters },
    validators: set,
    validatorSetDigest: validatorSetDigests(set),
    next: null,
    tip: { view: asView(0), height: asHeight(0), digests: chainId, timeMs: Date.parse(genesis.createdAt) },
    logSize: 0,
    frontiers: genesis.suites.map(() => EMPTY_FRONTIER),
    gateways: gatewayStates(gateways, () => undefined),
  };
}
