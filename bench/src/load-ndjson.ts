import { performance } from 'node:perf_hooks';
import { digestSource } from './digests.ts';

export interface BulkResult {
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/**
 * Bulk intake: `streams` clients at once, each posting bodies of `linesPerBody` NDJSON lines until `records`
 * lines have been sent in all. A line counts as accepted when its own result line says so.
 */
export async function loadNdjson(target: {
  readonly url: string;
  readonly apiKey: string;
  readonly streams: number;
  readonly linesPerBody: number;
  readonly records: number;
  readonly onProgress?: (accepted: number) => void;
}): Promise<BulkResult> {
  const next = digestSource();
  let left = target.records;
  let accepted = 0;
  let refused = 0;

  const body = (lines: number): string => {
    let text = '';
    for (let i = 0; i < lines; i++) text += `{"digests":{"sha256":"${next()}"}}\n`;
    return text;
  };
  const client = async (): Promise<void> => {
    while (left > 0) {
      const lines = Math.min(left, target.linesPerBody);
      left -= lines;
      const response = await fetch(`${target.url}/v1/evidence/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${target.apiKey}` },
        body: body(lines),
      });
      const text = await response.text();
      const good = text.split('"status":"received"').length - 1;
      accepted += good;
      refused += lines - good;
      target.onProgress?.(accepted);
    }
  };

  const start = performance.now();
  await Promise.all(Array.from({ length: target.streams }, client));
  const seconds = (performance.now() - start) / 1000;
  return { accepted, refused, seconds, perSecond: accepted / seconds };
}
