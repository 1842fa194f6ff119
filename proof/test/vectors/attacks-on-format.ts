import { concatBytes, utf8 } from '@hufu/crypto';
import { encodeBundle } from '../../src/index.ts';
import { testCase } from '../network/test-bundle.ts';
import { type Attack, altered, rewritten, TRUE_BYTES, TRUE_RECORD, TRUE_TEXT } from './attack.ts';

const MALFORMED = ['bundle-format: bundle-malformed'];
const NOT_CANONICAL = ['bundle-format: bundle-not-canonical'];
const NOT_JSON = ['bundle-format: bundle-not-json'];

const { bundle: two } = testCase({ indices: [3, 5] });

/** The same bundle in another text, or a text that readers could understand in two ways. */
export const ATTACKS_ON_FORMAT: readonly Attack[] = [
  {
    name: 'truncated',
    attack: 'The last byte of the file is cut off.',
    bundle: TRUE_BYTES.subarray(0, -1),
    failed: NOT_CANONICAL,
  },
  {
    name: 'half-a-file',
    attack: 'The second half of the file is cut off.',
    bundle: TRUE_BYTES.subarray(0, TRUE_BYTES.length / 2),
    failed: NOT_JSON,
  },
  {
    name: 'trailing-space',
    attack: 'White space is added at the end.',
    bundle: utf8(`${TRUE_TEXT} `),
    failed: NOT_CANONICAL,
  },
  {
    name: 'second-document',
    attack: 'A second document follows the first.',
    bundle: concatBytes(TRUE_BYTES, TRUE_BYTES),
    failed: NOT_JSON,
  },
  {
    name: 'crlf-line-ends',
    attack: 'Line ends are CR LF, as after a transfer in text mode.',
    bundle: utf8(TRUE_TEXT.replaceAll('\n', '\r\n')),
    failed: NOT_CANONICAL,
  },
  {
    name: 'minified',
    attack: 'The JSON is the same without white space.',
    bundle: utf8(JSON.stringify(JSON.parse(TRUE_TEXT))),
    failed: NOT_CANONICAL,
  },
  {
    name: 'byte-order-mark',
    attack: 'A byte order mark stands before the JSON.',
    bundle: utf8(`\uFEFF${TRUE_TEXT}`),
    failed: NOT_JSON,
  },
  {
    name: 'invalid-utf8',
    attack: 'A string contains a byte that is no UTF-8, which lenient readers replace.',
    bundle: TRUE_BYTES.with(20, 0xff),
    failed: NOT_JSON,
  },
  {
    name: 'member-twice',
    attack: 'The index stands twice with different values: some readers take the first, some the last.',
    bundle: rewritten('"index": 5', '"index": 4,\n      "index": 5'),
    failed: NOT_CANONICAL,
  },
  {
    name: 'escaped-name',
    attack: 'A member name is written with an escape.',
    bundle: rewritten('"index"', '"\\u0069ndex"'),
    failed: NOT_CANONICAL,
  },
  {
    name: 'index-as-exponent',
    attack: 'The index is written 5e0.',
    bundle: rewritten('"index": 5', '"index": 5e0'),
    failed: NOT_CANONICAL,
  },
  {
    name: 'unknown-member',
    attack: 'A member that the format does not know is added, for other software to read.',
    bundle: rewritten('"index": 5', '"index": 5,\n      "owner": "attacker"'),
    failed: MALFORMED,
  },
  {
    name: 'proto-member',
    attack: 'A member named __proto__ is added.',
    bundle: rewritten('"index": 5', '"index": 5,\n      "__proto__": {}'),
    failed: MALFORMED,
  },
  {
    name: 'unknown-version',
    attack: 'The format is one that this verifier does not know.',
    bundle: rewritten('hufu-bundle/1', 'hufu-bundle/9'),
    failed: ['bundle-format: bundle-unknown-format'],
  },
  {
    name: 'upper-case-hex',
    attack: 'A digest is written in upper-case hex.',
    bundle: rewritten(/"bitmap": "0b"/, '"bitmap": "0B"'),
    failed: MALFORMED,
  },
  {
    name: 'base64-url-alphabet',
    attack: 'The header is in the URL alphabet of base64.',
    bundle: rewritten(/("header": "[^"]*?)[+/]/, '$1_'),
    failed: MALFORMED,
  },
  {
    name: 'base64-without-padding',
    attack: 'Padding of the entry is left out.',
    bundle: rewritten(/("entry": "[^"=]*)=+/, '$1'),
    failed: MALFORMED,
  },
  {
    name: 'base64-stray-bits',
    attack: 'Bits that base64 ignores at the end of the entry are set.',
    bundle: rewritten(
      /("entry": "[^"=]*)(.)(=+)/,
      (_, before, last, padding) => `${before}${String.fromCharCode(last.charCodeAt(0) + 1)}${padding}`,
    ),
    failed: MALFORMED,
  },
  {
    name: 'no-record',
    attack: 'There is no record: nothing to prove would prove anything.',
    bundle: altered({ records: [] }),
    failed: MALFORMED,
  },
  {
    name: 'records-out-of-order',
    attack: 'Records stand in descending order of index.',
    bundle: encodeBundle({ ...two, records: two.records.toReversed() }),
    failed: MALFORMED,
  },
  {
    name: 'record-twice',
    attack: 'The same record stands twice, as if there were two.',
    bundle: altered({ records: [TRUE_RECORD, TRUE_RECORD] }),
    failed: MALFORMED,
  },
  {
    name: 'path-of-unknown-hash',
    attack: 'The SM3 path is labelled MD5.',
    bundle: rewritten('"sm3": [', '"md5": ['),
    failed: MALFORMED,
  },
  {
    name: 'epoch-step-malformed',
    attack: 'The epoch chain holds something that is no step.',
    bundle: rewritten('"epochChain": []', '"epochChain": [\n    "AA=="\n  ]'),
    failed: MALFORMED,
  },
  {
    name: 'path-longer-than-any-log',
    attack: 'A path has 54 hashes; a log of 2^53 − 1 leaves is 53 levels high.',
    bundle: altered({
      records: [{ ...TRUE_RECORD, paths: { sha256: Array.from({ length: 54 }, () => new Uint8Array(32)) } }],
    }),
    failed: MALFORMED,
  },
];
