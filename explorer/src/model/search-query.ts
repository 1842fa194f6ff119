import { type EvidenceNumber, parseEvidenceNumber } from './evidence-number.ts';

/** What someone may have meant by the text in the one search box. */
export type SearchQuery =
  | { readonly kind: 'empty' }
  /** 32 bytes of lower-case hex: SHA-256 or SM3 of some content. */
  | { readonly kind: 'digest'; readonly digest: string }
  | ({ readonly kind: 'serial' } & EvidenceNumber)
  /** A block's height or a record's index: both count from small numbers, so the reader chooses. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'unrecognised'; readonly reason: 'digest-length' | 'number-too-large' | 'no-such-form' };

/**
 * Reads what was typed or pasted. Full-width digits, `0x`, `#`, an algorithm name before a colon (`sm3:…`),
 * spaces and hyphens, and the file name after a digest as `sha256sum` prints it, are all taken as meant.
 */
export function parseSearch(text: string): SearchQuery {
  // NFKC turns the full-width forms that Chinese input methods produce (０１２，－) into ASCII.
  const trimmed = text.normalize('NFKC').trim();
  if (trimmed === '') return { kind: 'empty' };
  const serial = parseEvidenceNumber(trimmed);
  if (serial !== undefined) return { kind: 'serial', ...serial };
  const number = /^#?(\d{1,3}(?:,\d{3})+|\d+)$/.exec(trimmed)?.[1]?.replaceAll(',', '');
  if (number !== undefined && number.length < 32) {
    const value = Number(number);
    return Number.isSafeInteger(value)
      ? { kind: 'number', value }
      : { kind: 'unrecognised', reason: 'number-too-large' };
  }
  return parseDigest(trimmed);
}

function parseDigest(trimmed: string): SearchQuery {
  const listed = /^([0-9a-f]{64})\s+\*?\S/i.exec(trimmed)?.[1];
  const hex =
    listed ??
    trimmed
      .replace(/^(?:sha-?256|sm3)\s*[:=]\s*/i, '')
      .replace(/^0x/i, '')
      .replace(/[\s:-]/g, '');
  if (/^[0-9a-f]{64}$/i.test(hex)) return { kind: 'digest', digest: hex.toLowerCase() };
  if (/^[0-9a-f]{16,}$/i.test(hex)) return { kind: 'unrecognised', reason: 'digest-length' };
  return { kind: 'unrecognised', reason: 'no-such-form' };
}
