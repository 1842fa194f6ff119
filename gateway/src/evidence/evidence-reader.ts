import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evidence, EvidenceState } from '@hufu/api';
import { type HashName, hashLeaves, toBase64, toHex } from '@hufu/crypto';
import {
  type Digests,
  decodeEntry,
  decodeHeader,
  type Entry,
  encodeBundle,
  type Header,
  inclusionFromRange,
  openRange,
  type ProvenRange,
} from '@hufu/proof';
import type { Epochs } from '../anchoring/epochs.ts';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Database } from '../db/database.ts';
import { type DigestIndex, prefixOf } from '../db/digest-index.ts';
import { readEntries } from '../db/submission-store.ts';
import { shareDigest } from '../intake/earlier.ts';
import { unpackCertificates, unpackRangeProofs } from './stored-proof.ts';

/** A record as stored, and the proof of its submission when that is final. */
interface StoredEvidence {
  readonly serial: number;
  readonly entryBytes: Uint8Array;
  readonly entry: Entry;
  readonly receivedAtMs: number;
  readonly state: EvidenceState;
  readonly anchor?: Anchored;
}

interface Anchored {
  readonly firstSerial: number;
  readonly count: number;
  readonly firstIndex: number;
  readonly rangeProof: Uint8Array;
  readonly headerBytes: Uint8Array;
  readonly certificates: Uint8Array;
}

export type ProofOutcome =
  | { readonly kind: 'proof'; readonly bundle: Uint8Array }
  | { readonly kind: 'not-found' | 'not-ready' | 'failed' };

/** Opened ranges kept for further proofs of the same submission; each is at most a few MB. */
const MAX_OPENED = 8;

/**
 * Candidates of one digest looked at for one page: whoever posts digests that share a prefix makes look-ups of
 * that prefix slower, each within this bound.
 */
const MAX_CANDIDATES = 512;
/** Candidates looked at in one turn of the event loop. */
const CANDIDATES_PER_TURN = 32;

/** One page of a search, newest first. */
export interface Page {
  readonly evidence: readonly Evidence[];
  /** The search goes on below this serial; undefined when it is over. */
  readonly next?: number;
}

/** Reads evidence and builds proofs from this gateway's own database; no node is asked. */
export class EvidenceReader {
  readonly #database: Database;
  readonly #index: DigestIndex;
  readonly #identity: GatewayIdentity;
  readonly #epochs: Epochs;
  /** Promises, so that all who ask for a submission while it is opened share the work. */
  readonly #opened = new Map<number, Promise<readonly ProvenRange[]>>();
  /** From this serial on, what is not final never will be. */
  #failedFrom: number | undefined;

  constructor(database: Database, index: DigestIndex, identity: GatewayIdentity, epochs: Epochs) {
    this.#epochs = epochs;
    this.#database = database;
    this.#index = index;
    this.#identity = identity;
  }

  set failedFrom(serial: number) {
    this.#failedFrom = serial;
  }

  /** One record; undefined when the serial was never given. */
  async evidence(serial: number): Promise<Evidence | undefined> {
    const stored = await this.#read(serial);
    return stored === undefined ? undefined : this.#view(stored);
  }

  /** Records below `below`, at most `limit`. */
  async newest(below: number, limit: number): Promise<Page> {
    // One more than shown tells whether there is a next page.
    const rows = await this.#database
      .selectFrom('evidence')
      .select('serial')
      .where('serial', '<', below)
      .orderBy('serial', 'desc')
      .limit(limit + 1)
      .execute();
    const serials = rows.slice(0, limit).map((row) => row.serial);
    const evidence = await this.#all(serials);
    const next = serials.at(-1);
    return rows.length > limit && next !== undefined ? { evidence, next } : { evidence };
  }

  /**
   * Records with the digest, of either hash, below `below`, at most `limit`. Fewer, or none, when the candidates
   * that are looked at for one page are not among them: then `next` says where to go on.
   */
  async withDigest(digest: Uint8Array, below: number, limit: number): Promise<Page> {
    const prefix = prefixOf(digest);
    const wanted: Digests = { sha256: digest, sm3: digest };
    const evidence: Evidence[] = [];
    let next = below;
    for (let seen = 0; seen < MAX_CANDIDATES; seen += CANDIDATES_PER_TURN) {
      const candidates = await this.#index.newest(prefix, next, CANDIDATES_PER_TURN);
      for (const serial of candidates) {
        const stored = await this.#read(serial);
        if (stored !== undefined && shareDigest(stored.entry.digests, wanted)) {
          // One more than shown tells that there is a next page.
          if (evidence.length === limit) return { evidence, next };
          evidence.push(this.#view(stored));
        }
        next = serial;
      }
      if (candidates.length < CANDIDATES_PER_TURN) return { evidence };
      await nextTurn();
    }
    return { evidence, next };
  }

  /** The bundle of a final record, derived from its submission's range proof. */
  async proof(serial: number): Promise<ProofOutcome> {
    const stored = await this.#read(serial);
    if (stored === undefined) return { kind: 'not-found' };
    const { anchor, state, entryBytes } = stored;
    if (anchor === undefined) return { kind: state === 'failed' ? 'failed' : 'not-ready' };
    const ranges = await this.#open(anchor);
    const index = anchor.firstIndex + serial - anchor.firstSerial;
    const paths: { [name in HashName]?: readonly Uint8Array[] } = {};
    for (const [i, name] of this.#identity.hashes.entries()) {
      const range = ranges[i];
      if (range === undefined) throw new Error(`no range for ${name}`);
      paths[name] = inclusionFromRange(range, index);
    }
    const bundle = encodeBundle({
      genesis: this.#identity.genesisBytes,
      records: [{ entry: entryBytes, index, paths }],
      logSize: ranges[0]?.size ?? 0,
      header: anchor.headerBytes,
      certificates: unpackCertificates(anchor.certificates),
      epochChain: this.#epochs.chainTo(headerOf(anchor).epoch),
    });
    return { kind: 'proof', bundle };
  }

  async #all(serials: readonly number[]): Promise<readonly Evidence[]> {
    const found: Evidence[] = [];
    for (const serial of serials) {
      const evidence = await this.evidence(serial);
      if (evidence !== undefined) found.push(evidence);
    }
    return found;
  }

  async #read(serial: number): Promise<StoredEvidence | undefined> {
    const row = await this.#database
      .selectFrom('evidence')
      .select(['entry', 'received_at_ms'])
      .where('serial', '=', serial)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const entry = decodeEntry(row.entry);
    if (!entry.ok) throw new Error(`stored entry ${serial}: ${entry.error.remark}`);
    const submission = await this.#database
      .selectFrom('submission')
      .leftJoin('checkpoint', 'checkpoint.height', 'submission.checkpoint_height')
      .selectAll()
      .where('first_serial', '<=', serial)
      .orderBy('first_serial', 'desc')
      .limit(1)
      .executeTakeFirst();
    const base = { serial, entryBytes: row.entry, entry: entry.value, receivedAtMs: row.received_at_ms };
    const failed = this.#failedFrom !== undefined && serial >= this.#failedFrom;
    if (submission === undefined || serial >= submission.first_serial + submission.count) {
      return { ...base, state: failed ? 'failed' : 'received' };
    }
    const { first_serial, count, first_index, range_proof, header, certificates } = submission;
    if (first_index === null || range_proof === null || header === null || certificates === null) {
      return { ...base, state: failed ? 'failed' : 'submitted' };
    }
    return {
      ...base,
      state: 'finalized',
      anchor: {
        firstSerial: first_serial,
        count,
        firstIndex: first_index,
        rangeProof: range_proof,
        headerBytes: header,
        certificates,
      },
    };
  }

  #view({ serial, state, receivedAtMs, entry, entryBytes, anchor }: StoredEvidence): Evidence {
    const { sha256, sm3 } = entry.digests;
    const evidence: Evidence = {
      id: `${entry.gateway}-${serial}`,
      serial,
      state,
      receivedAtMs,
      claimedTimeMs: entry.claimedTimeMs,
      digests: { ...(sha256 && { sha256: toHex(sha256) }), ...(sm3 && { sm3: toHex(sm3) }) },
      entry: toBase64(entryBytes),
    };
    if (entry.metadataCommitment !== undefined) evidence.metadataCommitment = toHex(entry.metadataCommitment);
    if (anchor !== undefined) {
      const { height, timeMs, logSize } = headerOf(anchor);
      evidence.ledger = { index: anchor.firstIndex + serial - anchor.firstSerial, height, timeMs, logSize };
    }
    return evidence;
  }

  /** The tree over a submission's records, per hash; kept for the next proof of the same submission. */
  async #open(anchor: Anchored): Promise<readonly ProvenRange[]> {
    const known = this.#opened.get(anchor.firstSerial);
    if (known !== undefined) return known;
    const [oldest] = this.#opened.keys();
    if (this.#opened.size >= MAX_OPENED && oldest !== undefined) this.#opened.delete(oldest);
    const opening = this.#compute(anchor);
    this.#opened.set(anchor.firstSerial, opening);
    try {
      return await opening;
    } catch (error) {
      this.#opened.delete(anchor.firstSerial);
      throw error;
    }
  }

  /** Computes the trees again from the stored entries. */
  async #compute(anchor: Anchored): Promise<readonly ProvenRange[]> {
    const { logSize } = headerOf(anchor);
    const { hashes } = this.#identity;
    const entries = await readEntries(this.#database, anchor.firstSerial, anchor.count);
    const proofs = unpackRangeProofs(anchor.rangeProof, hashes.length);
    return hashes.map((name, i) => {
      const leaves = hashLeaves(name, entries);
      const range = openRange(name, leaves, anchor.firstIndex, proofs[i] ?? [], logSize);
      if (range === undefined) throw new Error(`stored range proof of serial ${anchor.firstSerial} is unfit`);
      return range;
    });
  }
}

function headerOf({ headerBytes }: Anchored): Header {
  const header = decodeHeader(headerBytes);
  if (!header.ok) throw new Error(`stored header: ${header.error.remark}`);
  return header.value;
}
