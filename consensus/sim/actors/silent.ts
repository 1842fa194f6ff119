import type { Tamper } from '../host.ts';

/** Receives everything and says nothing. */
export const silent: Tamper = () => [];
