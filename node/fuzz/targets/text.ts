import {
  checker,
  EventStreamError,
  EventStreamParser,
  EvidenceInputSchema,
  MAX_EVENT_BYTES,
  parseUnsigned,
  type StreamEvent,
} from '@hufu/api';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '@hufu/crypto';
import { Violation } from '../../sim/oracles/violation.ts';
import { encodings } from '../corpus.ts';
import type { Target } from '../target.ts';

const MAX_TEXT_BYTES = 65_536;

/** Text that stands for a value: what is accepted is written just so. */
function spelling<T>(
  name: string,
  seeds: readonly string[],
  parse: (text: string) => T | undefined,
  write: (value: T) => string,
): Target {
  return {
    name,
    seeds: seeds.map(utf8),
    maxBytes: MAX_TEXT_BYTES,
    share: 20,
    accepts(bytes) {
      const text = lenient.decode(bytes);
      const value = parse(text);
      if (value !== undefined && write(value) !== text)
        throw new Violation('one encoding', `${JSON.stringify(text)} is written otherwise`);
      return value !== undefined;
    },
  };
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Well-formed UTF-8 and nothing else, a byte order mark included. */
const utf8Text: Target = {
  name: 'utf8',
  seeds: ['', 'plain', '存证', '\ufeff𠀀é'].map(utf8),
  maxBytes: MAX_TEXT_BYTES,
  share: 20,
  accepts(bytes) {
    const text = fromUtf8(bytes);
    if (text !== undefined && Buffer.compare(utf8(text), bytes) !== 0)
      throw new Violation('one encoding', 'text is written otherwise');
    return text !== undefined;
  },
};

/** The events in a text, or that it broke a limit; anything else that is thrown is a finding. */
function eventsIn(chunks: readonly string[]): readonly StreamEvent[] | 'too long' {
  const parser = new EventStreamParser();
  try {
    return chunks.flatMap((chunk) => parser.push(chunk));
  } catch (error) {
    if (error instanceof EventStreamError) return 'too long';
    throw error;
  }
}

/** A stream comes in at most so many pieces. */
const MAX_PIECES = 16_384;

function pieces(text: string): readonly string[] {
  const length = Math.ceil(text.length / MAX_PIECES);
  return Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
    text.slice(i * length, (i + 1) * length),
  );
}

/** A stream gives the same events however it is cut. */
const eventStream: Target = {
  name: 'event-stream',
  seeds: [
    'event: block\nid: 7\ndata: {"height":7}\n\n',
    ': comment\r\ndata\r\ndata: a\r\n\r\nid: 8\r\rdata:b\r\r',
    'retry: 10\nid: \0\ndata:  two  \ndata\n\n\n\n',
  ].map(utf8),
  maxBytes: MAX_EVENT_BYTES / 4,
  share: 20,
  accepts(bytes) {
    const text = lenient.decode(bytes);
    const whole = eventsIn([text]);
    const cut = eventsIn(pieces(text));
    if (JSON.stringify(whole) !== JSON.stringify(cut))
      throw new Violation('stream', 'other events when it comes in pieces');
    return whole !== 'too long' && whole.length > 0;
  },
};

const checkEvidence = checker(EvidenceInputSchema);

/** What an application posts: checked as it is, and what is wrong with it is named. */
const evidence: Target = {
  name: 'evidence-input',
  seeds: [
    { digests: { sha256: '00'.repeat(32), sm3: 'ff'.repeat(32) }, claimedTimeMs: 1 },
    { content: 'AAEC', metadataCommitment: '01'.repeat(32) },
  ].map((body) => utf8(JSON.stringify(body))),
  maxBytes: 262_144,
  share: 10,
  accepts(bytes) {
    let body: unknown;
    try {
      body = JSON.parse(lenient.decode(bytes));
    } catch {
      return false;
    }
    const checked = checkEvidence(body);
    if (!checked.ok && checked.errors.length === 0) throw new Violation('result', 'refused without a reason');
    return checked.ok;
  },
};

export const TEXT_TARGETS: readonly Target[] = [
  spelling('hex', ['', '00', '0123456789abcdef', '0A'], fromHex, toHex),
  spelling(
    'base64',
    ['', 'AA==', 'AAE=', 'AAEC+/8/', ...encodings('entry').map(toBase64)],
    fromBase64,
    toBase64,
  ),
  spelling('unsigned', ['0', '7', '9007199254740991', '9007199254740992', '007'], parseUnsigned, String),
  utf8Text,
  eventStream,
  evidence,
];
