import { ok } from '@hufu/crypto';
import { decodeEntry, type Entry } from './entry.ts';
import { decodeGovernanceAction, type GovernanceAction, isGovernanceItem } from './governance-action.ts';
import type { Decoded } from './problems.ts';

/** A leaf of the log, whatever it is. Evidence, which is nearly all of it, is decoded alone by `decodeEntry`. */
export type AnyEntry =
  | { readonly kind: 'evidence'; readonly record: Entry }
  | { readonly kind: 'governance'; readonly action: GovernanceAction };

/** The entry in a leaf's bytes. Errors: 'entry-malformed', 'governance-malformed'. */
export function decodeAnyEntry(bytes: Uint8Array): Decoded<AnyEntry> {
  if (isGovernanceItem(bytes)) {
    const action = decodeGovernanceAction(bytes);
    return action.ok ? ok({ kind: 'governance', action: action.value }) : action;
  }
  const record = decodeEntry(bytes);
  return record.ok ? ok({ kind: 'evidence', record: record.value }) : record;
}
