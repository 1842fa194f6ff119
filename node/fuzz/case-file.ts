import { fromHex, toHex } from '@hufu/crypto';
import type { Finding } from './execution.ts';

/** The finding as a file that can be replayed, and kept as a test when it is fixed. */
export function formatCase({ decoder, seed, execution, input, what }: Finding): string {
  return `${JSON.stringify({ decoder, seed, execution, what, input: toHex(input) }, null, 2)}\n`;
}

/** Which decoder a case file is for, and the input. Throws for a file that is no case. */
export function parseCase(text: string): { readonly decoder: string; readonly input: Uint8Array } {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'decoder' in value && 'input' in value) {
    const input = fromHex(String(value.input));
    if (input !== undefined) return { decoder: String(value.decoder), input };
  }
  throw new Error('not a case file');
}
