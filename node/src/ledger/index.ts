/** The ledger's rules: what a block does to the state. Pure. */
export { applyBlock } from './apply-block.ts';
export { genesisState } from './genesis-state.ts';
export { type ChainIdentity, prepareBatch, prepareSubmission } from './prepare-batch.ts';
export { rememberingCheck, verifySubmission } from './signature-check.ts';
export { stateRoots } from './state-root.ts';
export * from './types.ts';
