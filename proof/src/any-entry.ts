import { hash, ok } from '@hufu/crypto';
import { type Digests, decodeEntry, type Entry } from './entry.ts';
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

/** What a file is compared with: evidence states digests, and a governance action holds its document. */
export function statedDigests(entry: AnyEntry): Digests {
  return entry.kind === 'evidence' ? entry.record.digests : digestsOfContent(entry.action.document);
}

/** A content's digest under every hash. */
export function digestsOfContent(content: Uint8Array): Digests {
  return { sha256: hash('sha256', content), sm3: hash('sm3', content) };
}
