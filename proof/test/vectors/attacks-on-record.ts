import { concatBytes, hash, hashLeaves, utf8 } from '@hufu/crypto';
import { encodeBundle, encodeEntry, encodeHeader } from '../../src/index.ts';
import { must } from '../must.ts';
import { CONTENT_INDEX, recordOf, testRecord } from '../network/test-bundle.ts';
import { certify, testHeader } from '../network/test-network.ts';
import { type Attack, altered, TRUE, TRUE_CONTENT, TRUE_RECORD, withRecord } from './attack.ts';

const { network, leaves } = TRUE;
const bothHashes = (problem: string): readonly string[] => [
  `inclusion-sha256: ${problem}`,
  `inclusion-sm3: ${problem}`,
];
const bothContents = ['content-sha256: content-mismatch', 'content-sm3: content-mismatch'];
const INVALID = 'path-invalid';

const { sha256, sm3 } = TRUE_RECORD.paths;
const [sha256Path, sm3Path] = [must(sha256), must(sm3)];
const other = recordOf(network, leaves, 6);
const earlier = recordOf(network, leaves.slice(0, 7), CONTENT_INDEX);

/** Two neighbouring leaf hashes, which are the children of an inner node, shown as if they were a record. */
const innerNode = concatBytes(
  hashLeaves('sha256', leaves.slice(4, 5)),
  hashLeaves('sha256', leaves.slice(5, 6)),
);

/** A log in which the gateway anchored, under one serial, digests of two different files. */
function twoFaced(): Uint8Array {
  const record = {
    ...testRecord(CONTENT_INDEX, TRUE_CONTENT),
    digests: { sha256: hash('sha256', TRUE_CONTENT), sm3: hash('sm3', utf8('another file')) },
  };
  const twisted = leaves.with(CONTENT_INDEX, encodeEntry(record));
  const header = testHeader(network, twisted);
  return encodeBundle({
    genesis: network.genesisBytes,
    records: [recordOf(network, twisted, CONTENT_INDEX)],
    logSize: twisted.length,
    header: encodeHeader(header),
    certificates: certify(network, header),
    epochChain: [],
  });
}

/** Another record, another place, another content. */
export const ATTACKS_ON_RECORD: readonly Attack[] = [
  {
    name: 'path-hash-altered',
    attack: 'A hash of the SHA-256 path is another.',
    bundle: withRecord({ paths: { sha256: sha256Path.with(1, must(sha256Path[0])), sm3: sm3Path } }),
    failed: [`inclusion-sha256: ${INVALID}`],
  },
  {
    name: 'path-too-short',
    attack: 'The last hash of the SM3 path is left out.',
    bundle: withRecord({ paths: { sha256: sha256Path, sm3: sm3Path.slice(0, -1) } }),
    failed: [`inclusion-sm3: ${INVALID}`],
  },
  {
    name: 'path-too-long',
    attack: 'A hash is appended to both paths.',
    bundle: withRecord({
      paths: { sha256: [...sha256Path, must(sha256Path[0])], sm3: [...sm3Path, must(sm3Path[0])] },
    }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'path-empty',
    attack: 'Both paths are empty, as in a log of one entry.',
    bundle: withRecord({ paths: { sha256: [], sm3: [] } }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'path-missing',
    attack: 'The SM3 path is left out.',
    bundle: withRecord({ paths: { sha256: sha256Path } }),
    failed: ['suites: path-missing', 'inclusion-sm3: path-missing'],
  },
  {
    name: 'paths-in-other-order',
    attack: 'Both paths are true but not in the order of the genesis.',
    bundle: withRecord({ paths: { sm3: sm3Path, sha256: sha256Path } }),
    failed: ['suites: bundle-surplus'],
  },
  {
    name: 'paths-swapped',
    attack: 'The SHA-256 path is shown as the SM3 one and the other way round.',
    bundle: withRecord({ paths: { sha256: sm3Path, sm3: sha256Path } }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'path-in-earlier-log',
    attack: 'The paths were true when the log had seven entries.',
    bundle: altered({ records: [earlier] }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'index-shifted',
    attack: 'The record is said to stand one place earlier.',
    bundle: withRecord({ index: CONTENT_INDEX - 1 }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'index-beyond-the-log',
    attack: 'The index is the log size.',
    bundle: withRecord({ index: leaves.length }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'index-with-the-same-low-bits',
    attack: 'The index is 5 + 2^32, which 32-bit arithmetic takes for 5.',
    bundle: withRecord({ index: CONTENT_INDEX + 2 ** 32 }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'entry-of-other-record',
    attack: "Another true entry of the log is shown with this one's paths.",
    bundle: withRecord({ entry: other.entry }),
    failed: [...bothHashes(INVALID), ...bothContents],
  },
  {
    name: 'other-record',
    attack: 'Another record of the same log is proven in place of the one that the content belongs to.',
    bundle: altered({ records: [other] }),
    failed: bothContents,
  },
  {
    name: 'claimed-time-altered',
    attack: "The submitter's claimed time in the entry is a year earlier.",
    bundle: withRecord({
      entry: encodeEntry({ ...testRecord(CONTENT_INDEX, TRUE_CONTENT), claimedTimeMs: Date.UTC(2025, 0, 1) }),
    }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'entry-re-encoded',
    attack: 'The entry says the same in a longer protobuf encoding.',
    bundle: withRecord({
      // Field 2, serial 5, with a padded varint.
      entry: concatBytes(
        Uint8Array.of(0x0a, must(TRUE_RECORD.entry[1]) + 1, 0x10, 0x85, 0x00),
        TRUE_RECORD.entry.subarray(4),
      ),
    }),
    failed: ['entry: entry-malformed', ...bothHashes(INVALID)],
  },
  {
    name: 'inner-node-as-record',
    attack:
      'The children of an inner node of the SHA-256 tree are shown as a record, with the path from there on.',
    bundle: altered({
      records: [
        { entry: innerNode, index: 2, paths: { sha256: sha256Path.slice(1), sm3: sm3Path.slice(1) } },
      ],
    }),
    failed: ['entry: entry-malformed', ...bothHashes(INVALID)],
  },
  {
    name: 'one-forged-among-true',
    attack: 'One of three records is not in the log.',
    bundle: altered({
      records: [
        recordOf(network, leaves, 2),
        TRUE_RECORD,
        { ...recordOf(network, leaves, 7), entry: encodeEntry(testRecord(7, utf8('forged'))) },
      ],
    }),
    failed: bothHashes(INVALID),
  },
  {
    name: 'content-altered',
    attack: 'The file that is shown differs from the anchored one in one bit.',
    bundle: encodeBundle(TRUE.bundle),
    content: TRUE_CONTENT.with(0, must(TRUE_CONTENT[0]) ^ 1),
    failed: bothContents,
  },
  {
    name: 'content-of-other-record',
    attack: 'The file that is shown was anchored too, but as another record than the one proven.',
    bundle: encodeBundle(TRUE.bundle),
    content: utf8('record 6'),
    failed: bothContents,
  },
  {
    name: 'content-empty',
    attack: 'The file that is shown is empty.',
    bundle: encodeBundle(TRUE.bundle),
    content: new Uint8Array(0),
    failed: bothContents,
  },
  {
    name: 'two-faced-record',
    attack: 'The submitter anchored the SHA-256 digest of one file and the SM3 digest of another.',
    bundle: twoFaced(),
    failed: ['content-sm3: content-mismatch'],
  },
];
