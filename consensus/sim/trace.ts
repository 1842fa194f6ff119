import { toHex } from '@hufu/crypto';
import type { Message } from '../src/interface.ts';

/** A running 64-bit fingerprint of everything that was sent and finalized, in order; printed in words if asked for. */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  readonly #print: ((line: string) => void) | null;

  constructor(print: ((line: string) => void) | null = null) {
    this.#print = print;
  }

  /** Something that happened at a node, and the number it is about. */
  note(nowMs: number, node: number, what: string, about: number): void {
    this.#add(nowMs, node, what, about);
    this.#print?.(`${nowMs} ${node} ${what} ${about}`);
  }

  sent(nowMs: number, node: number, message: Message): void {
    this.#add(
      nowMs,
      node,
      message.kind,
      'view' in message ? message.view : 'seq' in message ? message.seq : 0,
    );
    for (const digest of digestsOf(message)) this.#mix((digest[0] ?? 0) * 0x100 + (digest[1] ?? 0));
    this.#print?.(`${nowMs} ${node} ${describe(message)}`);
  }

  #add(nowMs: number, node: number, what: string, about: number): void {
    this.#mix(nowMs);
    this.#mix(node);
    this.#mix(about);
    this.#mix(what.length * 0x1000 + what.charCodeAt(0));
  }

  get hash(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }

  /** Two rounds of FNV-1a, by words. */
  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193) >>> 0;
    this.#high = Math.imul(this.#high ^ (word + (this.#low >>> 7)), 0x01000193) >>> 0;
  }
}

/** One line of a message: what it is about, digests by their first eight digits. */
export function describe(message: Message): string {
  const about = ['view', 'height', 'seq', 'origin', 'signer', 'fromHeight', 'fromView', 'toView', 'timeMs'];
  const fields = Object.entries(message)
    .filter(([name]) => about.includes(name))
    .map(([name, value]) => `${name}=${value}`);
  const digests = digestsOf(message).map((digest) => toHex(digest).slice(0, 8));
  if (digests.length > 0) fields.push(`digests=${digests.join()}`);
  if (message.kind === 'proposal') {
    const [parent = new Uint8Array()] = message.parent.digests;
    fields.push(`parentView=${message.parent.view}`, `parent=${toHex(parent).slice(0, 8)}`);
  }
  if ('shares' in message) fields.push(`signers=${message.shares.map(({ signer }) => signer).join()}`);
  return `${message.kind} ${fields.join(' ')}`;
}

function digestsOf(message: Message): readonly Uint8Array[] {
  if ('digests' in message) return message.digests;
  return 'digest' in message ? [message.digest] : [];
}
