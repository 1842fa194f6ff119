import { toHex } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { encodeEntry } from '../src/entry.ts';
import {
  decodeGovernanceAction,
  encodeGovernanceAction,
  isGovernanceItem,
  MAX_GOVERNANCE_ENTRY_BYTES,
} from '../src/governance-action.ts';
import { MAX_GOVERNANCE_DOCUMENT_BYTES } from '../src/governance-document.ts';
import { decodeSubmission, encodeSubmission } from '../src/submission.ts';
import { damaged, entries } from './arbitraries.ts';
import { must } from './must.ts';
import { referenceDecode } from './reference-protobuf.ts';

const signature = (length = 72): Uint8Array => new Uint8Array(length).fill(7);
const ACTION = {
  document: Uint8Array.of(1, 2, 3),
  approvals: [
    { validator: 0, signatures: [signature(64), signature()] },
    { validator: 99, signatures: [signature(64), signature(8)] },
  ],
  readiness: [{ validator: 0, height: Number.MAX_SAFE_INTEGER, signatures: [signature(64), signature()] }],
};
const BYTES = encodeGovernanceAction(ACTION);

t.test('an action comes back as it went in', async (t) => {
  t.strictSame(decodeGovernanceAction(BYTES), { ok: true, value: ACTION });
  const bare = { document: ACTION.document, approvals: [], readiness: [] };
  t.strictSame(decodeGovernanceAction(encodeGovernanceAction(bare)), { ok: true, value: bare });
});

t.test('a protobuf library reads it by proof/proto/entry.proto', async (t) => {
  const { document, approvals, readiness } = ACTION;
  t.match(referenceDecode('Entry', BYTES), {
    governance: {
      document: Buffer.from(document),
      approvals: [{}, { validator: must(approvals[1]).validator }],
      readiness: [{ height: must(readiness[0]).height }],
    },
  });
});

t.test('the largest action fits into the limit, and a batch item may be as large', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, validator) => ({
    validator,
    signatures: [signature(), signature()],
  }));
  const largest = {
    document: new Uint8Array(MAX_GOVERNANCE_DOCUMENT_BYTES),
    approvals: hundred,
    readiness: hundred.map((item) => ({ ...item, height: Number.MAX_SAFE_INTEGER })),
  };
  const bytes = encodeGovernanceAction(largest);
  t.ok(bytes.length <= MAX_GOVERNANCE_ENTRY_BYTES);
  t.ok(decodeGovernanceAction(bytes).ok);
  const above = new Uint8Array(MAX_GOVERNANCE_ENTRY_BYTES + 1).fill(0x12);
  t.strictSame(decodeGovernanceAction(above), {
    ok: false,
    error: { code: 'governance-malformed', remark: '655361 bytes' },
  });
});

t.test('each validator once, in ascending order', async (t) => {
  const [first, second] = ACTION.approvals;
  const accepts = (approvals: readonly (typeof first)[]): boolean =>
    decodeGovernanceAction(
      encodeGovernanceAction({ ...ACTION, approvals: approvals.flatMap((item) => (item ? [item] : [])) }),
    ).ok;
  t.ok(accepts([first, second]));
  t.notOk(accepts([first, first]));
  t.notOk(accepts([second, first]));
});

t.test('validator 100, three signatures and short ones are refused', async (t) => {
  const accepts = (validator: number, signatures: readonly Uint8Array[]): boolean =>
    decodeGovernanceAction(encodeGovernanceAction({ ...ACTION, approvals: [{ validator, signatures }] })).ok;
  t.ok(accepts(99, [signature()]));
  t.notOk(accepts(100, [signature()]));
  t.notOk(accepts(1, [signature(), signature(), signature()]));
  t.notOk(accepts(1, [signature(7)]));
  t.notOk(accepts(1, [signature(73)]));
});

t.test('an item of a batch is told by its first byte: evidence and submissions never begin so', async (t) => {
  t.ok(isGovernanceItem(BYTES));
  t.notOk(isGovernanceItem(new Uint8Array(0)));
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(), (entry, gateway, firstSerial) => {
      const record = encodeEntry(entry);
      const submission = encodeSubmission({
        gateway: gateway % 65_536,
        firstSerial,
        records: [record],
        signature: signature(64),
      });
      return decodeSubmission(submission).ok && !isGovernanceItem(submission) && !isGovernanceItem(record);
    }),
  );
});

t.test('what is accepted is encoded in one way only', async () => {
  fc.assert(
    fc.property(damaged(fc.constant(BYTES)), (bytes) => {
      const decoded = decodeGovernanceAction(bytes);
      return !decoded.ok || toHex(encodeGovernanceAction(decoded.value)) === toHex(bytes);
    }),
  );
});
