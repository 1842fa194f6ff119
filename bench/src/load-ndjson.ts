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
 * lines have been sent in all. What was accepted is what the last line of each answer says.
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
      const end = endOf(await response.text());
      accepted += end.accepted;
      refused += lines - end.accepted;
      target.onProgress?.(accepted);
    }
  };

  const start = performance.now();
  await Promise.all(Array.from({ length: target.streams }, client));
  const seconds = (performance.now() - start) / 1000;
  return { accepted, refused, seconds, perSecond: accepted / seconds };
}

/** The counts in an answer's last line; throws on an answer that was cut off or refused as a whole. */
function endOf(answer: string): { readonly accepted: number } {
  const lastLine = answer.trimEnd().split('\n').at(-1) ?? '';
  const counts = /^\{"end":\{"accepted":(\d+),"refused":(\d+)\}\}$/.exec(lastLine);
  if (!counts) throw new Error(`the batch was not answered to its end: ${lastLine.slice(0, 500)}`);
  return { accepted: Number(counts[1]) };
}
