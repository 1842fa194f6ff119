import { hash, toHex } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import { decodeAnyEntry, statedDigests } from '../src/any-entry.ts';
import { encodeEntry } from '../src/entry.ts';
import { encodeGovernanceAction } from '../src/governance-action.ts';
import { entries } from './arbitraries.ts';

const ACTION = { document: Uint8Array.of(1, 2, 3), approvals: [], readiness: [] };

t.test('an entry is decoded as what it is', async (t) => {
  const decoded = decodeAnyEntry(encodeGovernanceAction(ACTION));
  t.strictSame(decoded, { ok: true, value: { kind: 'governance', action: ACTION } });
  fc.assert(
    fc.property(entries, (entry) => {
      const evidence = decodeAnyEntry(encodeEntry(entry));
      if (!evidence.ok || evidence.value.kind !== 'evidence') return false;
      return toHex(encodeEntry(evidence.value.record)) === toHex(encodeEntry(entry));
    }),
  );
});

t.test('what is neither is refused', async (t) => {
  t.match(decodeAnyEntry(Uint8Array.of(0x12)), { ok: false, error: { code: 'governance-malformed' } });
  t.match(decodeAnyEntry(Uint8Array.of(0x1a, 0)), { ok: false, error: { code: 'entry-malformed' } });
  t.match(decodeAnyEntry(new Uint8Array(0)), { ok: false, error: { code: 'entry-malformed' } });
});

t.test('evidence states its digests, an action those of its document', async (t) => {
  const digests = { sm3: hash('sm3', Uint8Array.of(9)) };
  const record = { gateway: 0, serial: 0, claimedTimeMs: 0, digests };
  t.strictSame(statedDigests({ kind: 'evidence', record }), digests);
  t.strictSame(statedDigests({ kind: 'governance', action: ACTION }), {
    sha256: hash('sha256', ACTION.document),
    sm3: hash('sm3', ACTION.document),
  });
});
