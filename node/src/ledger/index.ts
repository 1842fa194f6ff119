/** The ledger's rules: what a block does to the state. Pure. */
export { BatchSettler, MAX_BAD_SIGNATURES } from './admission.ts';
export { applyBlock } from './apply-block.ts';
export { enterEpoch, gatewayStates, governanceContext } from './epoch.ts';
export { genesisState } from './genesis-state.ts';
export { parseStateLeaves } from './parse-state.ts';
export {
  type ChainIdentity,
  prepareGovernance,
  prepareItem,
  prepareItems,
  prepareSubmission,
} from './prepare-batch.ts';
export { rememberingCheck, verifySubmission } from './signature-check.ts';
export { type KnownBeginning, stateBefore } from './state-before.ts';
export { type ChunkedState, chunkFrom, isChunkOf, type StateChunkBody } from './state-chunk.ts';
export { type StateContents, stateLeaves } from './state-leaves.ts';
export { stateRoots } from './state-root.ts';
export * from './types.ts';
