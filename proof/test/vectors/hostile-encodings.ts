import { concatBytes, toHex, utf8 } from '@hufu/crypto';
import {
  encodeBatchPayload,
  encodeEntry,
  encodeGenesis,
  encodeHeader,
  encodeSubmission,
  MAX_BATCH_ITEMS,
  MAX_GATEWAY,
  type Problem,
  toLogIndex,
} from '../../src/index.ts';
import { testRecord } from '../network/test-bundle.ts';
import { hexBytes, testGenesis } from '../network/test-network.ts';
import { TRUE_HEADER } from './attack.ts';

/** Bytes that a decoder must refuse. */
export interface HostileEncoding {
  readonly name: string;
  readonly attack: string;
  readonly bytes: Uint8Array;
  readonly problem: Problem['code'];
}

const DIGEST = 'aa'.repeat(32);
const DIGEST_FIELDS = `1a20${DIGEST}2220${DIGEST}`;
const TIME = '3801';

/** A leaf from the hex of its evidence fields. */
function leaf(fields: string): Uint8Array {
  const body = hexBytes(fields);
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return concatBytes(Uint8Array.of(0x0a, ...length), body);
}

const entry = (name: string, attack: string, bytes: Uint8Array): HostileEncoding => ({
  name,
  attack,
  bytes,
  problem: 'entry-malformed',
});

export const HOSTILE_ENTRIES: readonly HostileEncoding[] = [
  entry('empty', 'No bytes at all.', new Uint8Array(0)),
  entry('no-evidence', 'An evidence record without any field.', hexBytes('0a00')),
  entry('no-digest', 'A record that anchors nothing.', leaf(`08011002${TIME}`)),
  entry('digest-too-short', 'A SHA-256 digest of 31 bytes.', leaf(`1a1f${DIGEST.slice(2)}`)),
  entry('digest-too-long', 'An SM3 digest of 33 bytes.', leaf(`2221${DIGEST}bb`)),
  entry('digest-empty', 'An SM3 digest of no bytes beside a true one.', leaf(`1a20${DIGEST}2200`)),
  entry('fields-out-of-order', 'SM3 before SHA-256.', leaf(`2220${DIGEST}1a20${DIGEST}`)),
  entry('field-twice', 'The serial stands twice; protobuf takes the last.', leaf(`10051006${DIGEST_FIELDS}`)),
  entry('digest-twice', 'The SM3 digest stands twice.', leaf(`2220${DIGEST}2220${DIGEST}`)),
  entry('unknown-field', 'Field 10, which protobuf readers skip.', leaf(`${DIGEST_FIELDS}5001`)),
  entry('default-on-the-wire', 'Gateway 0 is written out.', leaf(`0800${DIGEST_FIELDS}`)),
  entry('varint-not-minimal', 'Serial 5 as 85 00.', leaf(`108500${DIGEST_FIELDS}`)),
  entry('tag-not-minimal', 'The tag of the serial as 90 00.', leaf(`900005${DIGEST_FIELDS}`)),
  entry('length-not-minimal', 'The length of the digest as a0 00.', leaf(`1aa000${DIGEST}`)),
  entry(
    'wrong-wire-type',
    'The serial as a fixed 64-bit integer.',
    leaf(`110500000000000000${DIGEST_FIELDS}`),
  ),
  entry('gateway-too-large', 'Gateway 65536.', leaf(`08808004${DIGEST_FIELDS}`)),
  entry(
    'serial-above-2-53',
    'Serial 2^53, which not every reader holds exactly.',
    leaf(`108080808080808010${DIGEST_FIELDS}`),
  ),
  entry('serial-above-2-64', 'A serial of eleven bytes.', leaf(`10ffffffffffffffffffff01${DIGEST_FIELDS}`)),
  entry('time-after-9999', 'A claimed time in the year 10000.', leaf(`${DIGEST_FIELDS}3880b8ff90fdce39`)),
  entry('truncated', 'The last byte is cut off.', encodeEntry(testRecord(5)).subarray(0, -1)),
  entry('trailing-byte', 'A byte follows.', concatBytes(encodeEntry(testRecord(5)), Uint8Array.of(0))),
  entry(
    'two-kinds',
    'Two evidence records; protobuf merges them.',
    concatBytes(leaf(DIGEST_FIELDS), leaf(TIME)),
  ),
  entry('reserved-kind', 'Field 3, reserved for a kind that is not defined yet.', hexBytes('1a020801')),
  entry('length-beyond-the-end', 'The record is said to be longer than the entry.', hexBytes('0a7f1001')),
  entry('too-large', 'One byte more than the largest entry.', new Uint8Array(179).fill(0x0a)),
];

const submission = (name: string, attack: string, bytes: Uint8Array): HostileEncoding => ({
  name,
  attack,
  bytes,
  problem: 'submission-malformed',
});
const TRUE_SUBMISSION = {
  gateway: 0,
  firstSerial: 7,
  records: [encodeEntry(testRecord(7)), encodeEntry(testRecord(8))],
  signature: new Uint8Array(64).fill(1),
};
const submissionBytes = (change: Partial<typeof TRUE_SUBMISSION>): Uint8Array =>
  encodeSubmission({ ...TRUE_SUBMISSION, ...change });

export const HOSTILE_SUBMISSIONS: readonly HostileEncoding[] = [
  submission('no-record', 'There is no record.', submissionBytes({ records: [] })),
  submission('empty-record', 'A record has no bytes.', submissionBytes({ records: [new Uint8Array(0)] })),
  submission('no-signature', 'The signature is left out.', submissionBytes({}).subarray(0, -66)),
  submission(
    'long-signature',
    'The signature has 73 bytes.',
    submissionBytes({ signature: new Uint8Array(73) }),
  ),
  submission(
    'large-record',
    'A record is one byte above the largest entry.',
    submissionBytes({ records: [new Uint8Array(179)] }),
  ),
  submission('unknown-gateway-number', 'Gateway 65536.', submissionBytes({ gateway: MAX_GATEWAY + 1 })),
  submission(
    'serials-above-2-53',
    'The next serial would be 2^53.',
    submissionBytes({ firstSerial: Number.MAX_SAFE_INTEGER - 1 }),
  ),
  submission('trailing-byte', 'A byte follows.', concatBytes(submissionBytes({}), Uint8Array.of(0))),
  submission(
    'signature-first',
    'The signature stands before the records.',
    concatBytes(submissionBytes({}).subarray(-66), submissionBytes({}).subarray(0, -66)),
  ),
  {
    ...submission(
      'serial-gap',
      'The second record leaves a serial out.',
      submissionBytes({ records: [encodeEntry(testRecord(7)), encodeEntry(testRecord(9))] }),
    ),
    problem: 'submission-record-mismatch',
  },
  {
    ...submission(
      'record-of-other-gateway',
      'A record names another gateway than the one that signs.',
      submissionBytes({ records: [encodeEntry({ ...testRecord(7), gateway: 1 })] }),
    ),
    problem: 'submission-record-mismatch',
  },
  {
    ...submission(
      'malformed-record',
      'A record is no entry.',
      submissionBytes({ records: [utf8('not an entry')] }),
    ),
    problem: 'entry-malformed',
  },
];

const batch = (name: string, attack: string, bytes: Uint8Array): HostileEncoding => ({
  name,
  attack,
  bytes,
  problem: 'batch-malformed',
});
const items = (count: number, sizeBytes: number): Uint8Array =>
  encodeBatchPayload(Array.from({ length: count }, () => new Uint8Array(sizeBytes)));

export const HOSTILE_BATCHES: readonly HostileEncoding[] = [
  batch('too-many-items', 'One item of one byte more than a batch may hold.', items(MAX_BATCH_ITEMS + 1, 1)),
  batch('no-item', 'There is no item.', items(0, 0)),
  batch('empty-item', 'An item has no bytes.', items(1, 0)),
];

const header = (name: string, attack: string, bytes: Uint8Array): HostileEncoding => ({
  name,
  attack,
  bytes,
  problem: 'header-malformed',
});
const TRUE_HEADER_BYTES = encodeHeader(TRUE_HEADER);

export const HOSTILE_HEADERS: readonly HostileEncoding[] = [
  header('empty', 'No bytes at all.', new Uint8Array(0)),
  header(
    'digest-missing',
    'One log root of two is left out.',
    encodeHeader({ ...TRUE_HEADER, logRoots: TRUE_HEADER.logRoots.slice(1) }),
  ),
  header(
    'digest-too-many',
    'There are three log roots.',
    encodeHeader({ ...TRUE_HEADER, logRoots: [...TRUE_HEADER.logRoots, TRUE_HEADER.refsDigest] }),
  ),
  header(
    'epoch-zero-on-the-wire',
    'Epoch 0 is written out.',
    concatBytes(TRUE_HEADER_BYTES.subarray(0, 68), hexBytes('1000'), TRUE_HEADER_BYTES.subarray(68)),
  ),
  header('trailing-field', 'An unknown field follows.', concatBytes(TRUE_HEADER_BYTES, hexBytes('7001'))),
  header('truncated', 'The last byte is cut off.', TRUE_HEADER_BYTES.subarray(0, -1)),
];

const genesisText = new TextDecoder().decode(encodeGenesis(testGenesis()));
const genesis = (
  name: string,
  attack: string,
  text: string,
  problem: Problem['code'] = 'genesis-inconsistent',
): HostileEncoding => ({ name, attack, bytes: utf8(text), problem });
const genesisWith = (change: Record<string, unknown>): string =>
  `${JSON.stringify({ ...testGenesis(), ...change }, null, 2)}\n`;
const { validators, gateways } = testGenesis();
const smallOrder = toHex(new Uint8Array(32).with(0, 1));

export const HOSTILE_GENESES: readonly HostileEncoding[] = [
  genesis(
    'member-twice-in-json',
    'The name stands twice with different values.',
    genesisText.replace('"name": "test"', '"name": "other",\n  "name": "test"'),
    'genesis-not-canonical',
  ),
  genesis('trailing-space', 'A space follows.', `${genesisText} `, 'genesis-not-canonical'),
  genesis(
    'unknown-member',
    'A member that the format does not know.',
    genesisWith({ note: 'x' }),
    'genesis-malformed',
  ),
  genesis(
    'unknown-format',
    'The format is another version.',
    genesisWith({ format: 'hufu-genesis/2' }),
    'genesis-malformed',
  ),
  genesis(
    'no-such-day',
    'It was created on 30 February.',
    genesisWith({ createdAt: '2026-02-30T00:00:00.000Z' }),
  ),
  genesis(
    'one-key-for-two',
    'Two validators have the same keys: one holder would vote twice.',
    genesisWith({
      validators: [validators[0], { ...validators[1], keys: validators[0]?.keys }, ...validators.slice(2)],
    }),
  ),
  genesis(
    'one-member-for-all',
    'One member runs all four validators.',
    genesisWith({ validators: validators.map((v) => ({ ...v, member: 'broker' })) }),
  ),
  genesis(
    'ed25519-key-of-small-order',
    'A validator key is the identity, under which one signature fits many messages.',
    genesisWith({
      validators: validators.map((v, i) =>
        i === 2 ? { ...v, keys: { ...v.keys, 'ed25519-sha256': smallOrder } } : v,
      ),
    }),
  ),
  genesis(
    'sm2-key-off-the-curve',
    'A validator key is no point of the curve.',
    genesisWith({
      validators: validators.map((v, i) =>
        i === 2 ? { ...v, keys: { ...v.keys, 'sm2-sm3': `04${'11'.repeat(64)}` } } : v,
      ),
    }),
  ),
  genesis(
    'gateway-out-of-place',
    'The only gateway has index 1.',
    genesisWith({ gateways: gateways.map((g) => ({ ...g, index: 1 })) }),
  ),
  genesis(
    'bidi-override-in-name',
    'An organisation name contains a character that reverses what follows on screen.',
    genesisWith({
      members: testGenesis().members.map((m) => ({ ...m, organisation: `${m.organisation}\u202e` })),
    }),
    'genesis-malformed',
  ),
];

/** An entry that uses every field, for the valid vectors. */
export const FULL_RECORD = {
  ...testRecord(300),
  gateway: 7,
  metadataCommitment: hexBytes('cc'.repeat(32)),
  templateDigest: hexBytes('dd'.repeat(32)),
  supersedes: toLogIndex(0),
  relatesTo: toLogIndex(12_345),
};
