import { parseUnsigned } from '@hufu/api';

/** What a piece of evidence is called on the ledger: who submitted it, and its place in that gateway's count. */
export interface EvidenceNumber {
  /** Index in the registry of gateways. */
  readonly gateway: number;
  readonly serial: number;
}

/** The evidence number (存证编号) as gateways print it: `0-1234`. */
export function formatEvidenceNumber({ gateway, serial }: EvidenceNumber): string {
  return `${gateway}-${serial}`;
}

/**
 * Reads a printed evidence number; any dash will do, spaces around it too, and zeros before a number.
 * @returns undefined for anything else, and for numbers beyond 2^53−1.
 */
export function parseEvidenceNumber(text: string): EvidenceNumber | undefined {
  const parts = /^0*(\d+)\s*[-‐‑‒–—−]\s*0*(\d+)$/.exec(text.trim());
  const gateway = parseUnsigned(parts?.[1] ?? '');
  const serial = parseUnsigned(parts?.[2] ?? '');
  return gateway === undefined || serial === undefined ? undefined : { gateway, serial };
}
