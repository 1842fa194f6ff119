import { concatBytes, utf8 } from './bytes.ts';

/** Everything that is ever signed. A signature of one kind can never be shown as one of another. */
export type SignKind =
  | 'notarize'
  | 'nullify'
  | 'finalize'
  | 'proposal'
  | 'batch'
  | 'submission'
  | 'checkpoint'
  | 'approval'
  | 'readiness';

/**
 * The bytes a key signs: `hufu/<kind>/v1`, a zero byte, then `parts` one after the other. No kind contains a
 * zero byte, so none is a prefix of another. Every part must have a length fixed by the kind (integers as
 * u64be, digests as 32 bytes): parts of free length could be cut in two ways, so hash those first.
 */
export function signBytes(kind: SignKind, parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(utf8(`hufu/${kind}/v1`), Uint8Array.of(0), ...parts);
}
