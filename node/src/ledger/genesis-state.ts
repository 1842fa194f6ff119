import { asHeight, asView } from '@hufu/consensus';
import { fromHex } from '@hufu/crypto';
import {
  EMPTY_FRONTIER,
  type GenesisGateway,
  genesisValidatorSet,
  type ParsedGenesis,
  validatorSetDigests,
} from '@hufu/proof';
import type { GatewayState, LedgerState } from './types.ts';

/** The ledger before its first block: an empty log, and the registry as the genesis has it. */
export function genesisState({ genesis, chainId }: ParsedGenesis): LedgerState {
  const validators = genesisValidatorSet(genesis);
  return {
    genesis,
    chainId,
    suites: genesis.suites,
    epoch: validators.epoch,
    validators,
    validatorSetDigest: validatorSetDigests(validators),
    tip: { view: asView(0), height: asHeight(0), digests: chainId, timeMs: Date.parse(genesis.createdAt) },
    logSize: 0,
    frontiers: genesis.suites.map(() => EMPTY_FRONTIER),
    gateways: genesis.gateways.map(registered),
  };
}

function registered({ index, name, suite, publicKey }: GenesisGateway): GatewayState {
  const key = fromHex(publicKey);
  // parseGenesis has checked it.
  if (key === undefined) throw new Error(`gateway ${name}: public key is not hex`);
  return { index, name, suite, publicKey: key, nextSerial: 0 };
}
