import { toHex, utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeGenesis } from '../src/genesis.ts';
import {
  encodeGovernanceDocument,
  MAX_GOVERNANCE_DOCUMENT_BYTES,
  parseGovernanceDocument,
} from '../src/governance-document.ts';
import { documentOf, firstEpoch, secondEpoch } from './network/test-epochs.ts';
import { testNetwork } from './network/test-network.ts';

const EPOCH_0 = firstEpoch(testNetwork());
const NEXT = secondEpoch(EPOCH_0).registry;
const BYTES = documentOf(EPOCH_0, NEXT);
const TEXT = new TextDecoder().decode(BYTES);

const accepts = (bytes: Uint8Array): boolean => parseGovernanceDocument(bytes).ok;

t.test('a document comes back as it went in', async (t) => {
  const parsed = parseGovernanceDocument(BYTES);
  if (!parsed.ok) throw new Error(parsed.error.remark);
  const { members, validators, gateways, parameters, chainId, epoch } = parsed.value;
  t.strictSame({ members, validators, gateways, parameters }, NEXT);
  t.strictSame([chainId.sha256, chainId.sm3], EPOCH_0.chainId);
  t.equal(epoch, 0);
  t.equal(toHex(encodeGovernanceDocument(parsed.value)), toHex(BYTES));
});

t.test('members are written in the order of the page, whatever order they were given in', async (t) => {
  const parsed = parseGovernanceDocument(BYTES);
  if (!parsed.ok) throw new Error(parsed.error.remark);
  const { parameters, format, ...rest } = parsed.value;
  t.strictSame(encodeGovernanceDocument({ parameters, ...rest, format }), BYTES);
});

t.test('one serialisation only', async (t) => {
  for (const text of [
    `${TEXT} `,
    TEXT.trimEnd(),
    TEXT.replaceAll('\n', '\r\n'),
    TEXT.replace('"epoch": 0', '"epoch":  0'),
    TEXT.replace('"epoch": 0', '"epoch": 0e0'),
    TEXT.replace('"broker"', '"\\u0062roker"'),
    TEXT.replace('"epoch": 0,', '"epoch": 1,\n  "epoch": 0,'),
    `\uFEFF${TEXT}`,
  ]) {
    t.notOk(accepts(utf8(text)), text.slice(0, 20));
  }
});

t.test('a genesis is no document, and a document no genesis', async (t) => {
  t.notOk(accepts(encodeGenesis(EPOCH_0.genesis)));
});

t.test('the epoch after must have a number: at most 2^53 - 2', async (t) => {
  t.ok(accepts(utf8(TEXT.replace('"epoch": 0', `"epoch": ${Number.MAX_SAFE_INTEGER - 1}`))));
  t.notOk(accepts(utf8(TEXT.replace('"epoch": 0', `"epoch": ${Number.MAX_SAFE_INTEGER}`))));
});

t.test('size is checked before anything is parsed', async (t) => {
  const refused = parseGovernanceDocument(new Uint8Array(MAX_GOVERNANCE_DOCUMENT_BYTES + 1));
  t.strictSame(refused, { ok: false, error: { code: 'governance-malformed', remark: '524289 bytes' } });
});

t.test('a document that would be refused is not written', async (t) => {
  const parsed = parseGovernanceDocument(BYTES);
  if (!parsed.ok) throw new Error(parsed.error.remark);
  t.throws(() => encodeGovernanceDocument({ ...parsed.value, validators: [] }));
  t.throws(() => encodeGovernanceDocument({ ...parsed.value, chainId: {} }));
});

t.test('any bytes are refused without a throw', async () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !accepts(bytes)));
});
