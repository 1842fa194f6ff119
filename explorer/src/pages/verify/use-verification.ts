import type { LedgerRecord } from '@hufu/api';
import { fromHex, toHex } from '@hufu/crypto';
import { type Digests, HASH_NAMES, type ProblemCode, parseGenesis, type Report } from '@hufu/proof';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../../data/queries.ts';
import { verifier } from '../../data/verifier.ts';
import { readBundleRecords } from '../../model/bundle-records.ts';
import { contentOfDigest } from '../../model/content-digests.ts';
import type { FileDigests } from '../../worker/protocol.ts';
import type { Inputs } from './inputs.ts';

/** Nothing about given bytes changes, and reading a file again would not help. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY, retry: false } as const;

/** Whom verification rests on. */
export type TrustAnchor =
  | { readonly kind: 'pending' }
  | { readonly kind: 'node'; readonly genesis: Uint8Array }
  | { readonly kind: 'file'; readonly genesis: Uint8Array; readonly name: string; readonly id: number }
  | { readonly kind: 'unreadable'; readonly name: string; readonly problem: ProblemCode }
  | { readonly kind: 'missing' };

/** The genesis file dropped, else the one this node serves. */
export function useTrustAnchor({ genesis }: Inputs): TrustAnchor {
  const served = useQuery(queries.genesis());
  if (genesis !== undefined) {
    const parsed = parseGenesis(genesis.bytes);
    return parsed.ok
      ? { kind: 'file', genesis: genesis.bytes, name: genesis.name, id: genesis.id }
      : { kind: 'unreadable', name: genesis.name, problem: parsed.error.code };
  }
  if (served.data !== undefined) return { kind: 'node', genesis: served.data };
  return served.error === null ? { kind: 'pending' } : { kind: 'missing' };
}

export interface Hashing {
  readonly digests: FileDigests | undefined;
  readonly doneBytes: number;
  readonly error: Error | null;
}

/** Both digests of the dropped file, computed in the worker. */
export function useHashing({ content }: Inputs): Hashing {
  const [progress, setProgress] = useState({ id: 0, doneBytes: 0 });
  const hashed = useQuery({
    queryKey: ['file-digests', content?.id],
    queryFn: ({ signal }) => {
      if (content === undefined) throw new Error('not enabled');
      const onProgress = (doneBytes: number): void => setProgress({ id: content.id, doneBytes });
      return verifier().hash(content.file, { signal, onProgress });
    },
    enabled: content !== undefined,
    ...ONCE,
  });
  return {
    digests: content === undefined ? undefined : hashed.data,
    doneBytes: progress.id === content?.id ? progress.doneBytes : 0,
    error: hashed.error,
  };
}

/** Where the bundle comes from when none was dropped: the ledger, by the digests at hand. */
export type Lookup =
  | { readonly status: 'idle' }
  | { readonly status: 'pending' }
  | { readonly status: 'failed'; readonly error: Error; readonly retry: () => void }
  /** Oldest first: the first anchoring is usually the one that matters. */
  | { readonly status: 'found'; readonly entries: readonly LedgerRecord[] };

/** Asks the node for records of a digest under either hash. */
export function useLookup(digests: readonly string[], enabled: boolean): Lookup {
  const results = useQueries({
    queries: digests.map((digest) => ({ ...queries.search(digest), enabled, staleTime: 0 })),
  });
  if (!enabled || digests.length === 0) return { status: 'idle' };
  const failed = results.find(({ error }) => error !== null);
  if (failed?.error != null) {
    const retry = (): void => {
      for (const result of results) void result.refetch();
    };
    return { status: 'failed', error: failed.error, retry };
  }
  const pages = results.flatMap(({ data }) => (data === undefined ? [] : [data.entries]));
  if (pages.length < results.length) return { status: 'pending' };
  const byIndex = new Map(pages.flat().map((entry) => [entry.index, entry]));
  return { status: 'found', entries: [...byIndex.values()].sort((a, b) => a.index - b.index) };
}

/** The digests to look up: the file's under both hashes, or the pasted one. */
export function digestsToLookUp(inputs: Inputs, hashed: FileDigests | undefined): readonly string[] {
  if (hashed !== undefined) return HASH_NAMES.map((name) => toHex(hashed[name]));
  return inputs.digest !== undefined && fromHex(inputs.digest) !== undefined ? [inputs.digest] : [];
}

/** What `verify` compares the record with: the file's digests, or the pasted one; undefined for neither. */
export function contentFor(
  inputs: Inputs,
  hashed: FileDigests | undefined,
  bundle: Uint8Array | undefined,
): Digests | undefined {
  if (inputs.content !== undefined) return hashed;
  if (inputs.digest === undefined || bundle === undefined) return undefined;
  return contentOfDigest(inputs.digest, readBundleRecords(bundle));
}

export interface Judgement {
  readonly report: Report | undefined;
  readonly error: Error | null;
}

/** The verifier's report, once there is a bundle, the anchor is known and a dropped file is hashed. */
export function useReport(
  bundle: Uint8Array | undefined,
  bundleKey: string,
  content: Digests | undefined,
  trust: TrustAnchor,
  ready: boolean,
): Judgement {
  const genesis = 'genesis' in trust ? trust.genesis : undefined;
  const result = useQuery({
    queryKey: ['report', bundleKey, trust.kind, trust.kind === 'file' ? trust.id : 0, keyOf(content)],
    queryFn: () => {
      if (bundle === undefined) throw new Error('not enabled');
      return verifier().verify(bundle, {
        ...(genesis === undefined ? {} : { trust: { genesis } }),
        ...(content === undefined ? {} : { content }),
      });
    },
    enabled: bundle !== undefined && ready && trust.kind !== 'pending',
    ...ONCE,
  });
  // Without `ready` the key may be that of an earlier report, of the bundle alone: it is no answer to this question.
  return { report: ready && bundle !== undefined ? result.data : undefined, error: result.error };
}

function keyOf(content: Digests | undefined): string {
  return Object.entries(content ?? {})
    .map(([name, bytes]) => `${name}:${toHex(bytes)}`)
    .join();
}
