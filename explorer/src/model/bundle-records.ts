import { decodeAnyEntry, parseBundle, statedDigests } from '@hufu/proof';
import { digestsOf, type StatedDigests } from './content-digests.ts';

/** The digests that a bundle's records state, as hex; none for bytes that are no bundle, which `verify` explains. */
export function readBundleRecords(bytes: Uint8Array): readonly StatedDigests[] {
  const bundle = parseBundle(bytes);
  if (!bundle.ok) return [];
  return bundle.value.records.map(({ entry }) => {
    const decoded = decodeAnyEntry(entry);
    return decoded.ok ? digestsOf(statedDigests(decoded.value)) : {};
  });
}
