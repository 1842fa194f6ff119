export { type Medium, openStore, type StoreOptions } from './open-store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type * from './types.ts';
