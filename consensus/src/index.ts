export type * from './interface.ts';
export type * from './types.ts';
