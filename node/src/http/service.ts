import type { GovernanceFault } from '@hufu/proof';
import type { BlockRecord, ChainStore } from '../store/types.ts';

/** Whether and why this node takes part. Its certificate duties end with `halted` and `observer`. */
export type Participation =
  | { readonly kind: 'validator' }
  | { readonly kind: 'observer'; readonly reason: string }
  | { readonly kind: 'halted'; readonly reason: string };

/** What became of a submission handed to this node. Accepted: it is durable here and on its way to the others. */
export type SubmitOutcome =
  | { readonly ok: true; readonly gateway: number; readonly firstSerial: number; readonly count: number }
  | {
      readonly ok: false;
      readonly code:
        | 'malformed-submission'
        | 'too-large'
        | 'unknown-gateway'
        | 'bad-signature'
        | 'serial-applied'
        | 'serial-gap'
        | 'overloaded'
        | 'draining';
      readonly detail?: string;
      /** The serial this node takes next, with serial-applied and serial-gap. */
      readonly nextSerial?: number;
    };

/** What became of a governance action handed to this node. Accepted: it is durable here and on its way to the others. */
export type GovernOutcome =
  /** The document is that of the action, which ends the epoch. */
  | { readonly ok: true; readonly epoch: number; readonly documentBytes: Uint8Array }
  | {
      readonly ok: false;
      readonly code: GovernanceFault | 'too-large' | 'overloaded' | 'draining';
      readonly detail?: string;
    };

/** The running node as its HTTP interfaces see it. */
export interface NodeService {
  readonly name: string;
  readonly version: string;
  /** Index among the validators of the current epoch; null for a node that is none of them. */
  readonly index: number | null;
  readonly chain: ChainStore;
  readonly view: number;
  readonly participation: Participation;
  /** Whether a validator of the current epoch is connected. */
  isConnected(peer: number): boolean;
  /** An encoded submission, not yet decoded. */
  submit(bytes: Uint8Array): Promise<SubmitOutcome>;
  /** An encoded governance action, not yet decoded. */
  submitGovernance(bytes: Uint8Array): Promise<GovernOutcome>;
  /** Calls the listener with each block from now on, once it is readable; returns how to stop. */
  onBlock(listener: (record: BlockRecord) => void): () => void;
}
