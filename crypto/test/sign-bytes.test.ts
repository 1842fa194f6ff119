import t from 'tap';
import { type SignKind, signBytes, toHex, u64be, utf8 } from '../src/index.node.ts';

t.test('sign-bytes are the kind, a zero byte and the parts', async (t) => {
  const bytes = signBytes('finalize', [u64be(1), Uint8Array.of(0xab)]);
  t.equal(toHex(bytes), `${toHex(utf8('hufu/finalize/v1'))}000000000000000001ab`);
});

t.test('no kind begins another', async (t) => {
  const kinds: readonly SignKind[] = [
    ...(['notarize', 'nullify', 'finalize', 'proposal', 'batch', 'submission', 'checkpoint'] as const),
    ...(['approval', 'readiness'] as const),
  ];
  const heads = kinds.map((kind) => toHex(signBytes(kind, [])));
  for (const a of heads) for (const b of heads) t.equal(a.startsWith(b), a === b);
});
