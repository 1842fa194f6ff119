import type { HashName } from '@hufu/crypto';
import { hashLeaves, hashOf } from '@hufu/crypto';
import {
  type AnyEntry,
  type Bundle,
  type BundleRecord,
  decodeAnyEntry,
  decodeHeader,
  type Genesis,
  type Header,
  parseBundle,
  parseGenesis,
  type Report,
} from '@hufu/proof';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type PathModel, pathModel } from '../model/path-model.ts';
import { queries } from './queries.ts';
import { verifier } from './verifier.ts';

/** What a bundle says of one record, read here; worth what the report's conclusion is worth. */
export interface ProvenRecord {
  readonly genesis: Genesis;
  readonly header: Header;
  readonly record: BundleRecord;
  readonly entry: AnyEntry;
}

/** Reads the record at `position` of a bundle; undefined when any part cannot be read, which the report explains. */
export function readProvenRecord(bundle: Bundle, position: number): ProvenRecord | undefined {
  const record = bundle.records[position];
  const genesis = parseGenesis(bundle.genesis);
  const header = decodeHeader(bundle.header);
  if (record === undefined || !genesis.ok || !header.ok) return undefined;
  const entry = decodeAnyEntry(record.entry);
  if (!entry.ok) return undefined;
  return { genesis: genesis.value.genesis, header: header.value, record, entry: entry.value };
}

/** The paths of a record recomputed, one per hash in the order of the suites; undefined where one does not fit. */
export function pathModels({ genesis, header, record }: ProvenRecord): readonly PathOf[] {
  return genesis.suites.map((suite, i) => {
    const hashName = hashOf(suite);
    const path = record.paths[hashName] ?? [];
    const root = header.logRoots[i] ?? new Uint8Array(0);
    const leafHash = hashLeaves(hashName, [record.entry]);
    const model = pathModel(hashName, leafHash, record.index, header.logSize, path, root);
    return { hashName, model: model.ok ? model.value : undefined };
  });
}

export interface PathOf {
  readonly hashName: HashName;
  readonly model: PathModel | undefined;
}

export interface RecordVerification {
  readonly bundle: Uint8Array | undefined;
  readonly proven: ProvenRecord | undefined;
  readonly report: Report | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** Fetches a record's bundle and verifies it in this browser, against the genesis that this node serves. */
export function useRecordVerification(index: number): RecordVerification {
  const bundle = useQuery(queries.bundle(index));
  const genesis = useQuery(queries.genesis());
  const report = useQuery({
    queryKey: ['record-report', index],
    queryFn: () => {
      if (bundle.data === undefined || genesis.data === undefined) throw new Error('not enabled');
      return verifier().verify(bundle.data, { trust: { genesis: genesis.data } });
    },
    enabled: bundle.data !== undefined && genesis.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const proven = useMemo(() => {
    const parsed = bundle.data === undefined ? undefined : parseBundle(bundle.data);
    if (parsed === undefined || !parsed.ok) return undefined;
    const position = parsed.value.records.findIndex((record) => record.index === index);
    return readProvenRecord(parsed.value, position);
  }, [bundle.data, index]);
  return {
    bundle: bundle.data,
    proven,
    report: report.data,
    error: bundle.error ?? genesis.error ?? report.error,
    retry: () => {
      void bundle.refetch();
      void genesis.refetch();
    },
  };
}
