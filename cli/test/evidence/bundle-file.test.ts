import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requireSound, writeBundle } from '../../src/evidence/bundle-file.ts';
import { hashFile } from '../../src/evidence/hash-file.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'testdata', 'example');
const BUNDLE = readFileSync(join(EXAMPLE, 'content.txt.hufu.json'));

t.test('a bundle from a gateway is refused when it is damaged or about another file', async (t) => {
  const content = await hashFile(join(EXAMPLE, 'content.txt'), () => undefined);
  const other = await hashFile(join(EXAMPLE, 'genesis.json'), () => undefined);
  t.doesNotThrow(() => requireSound(BUNDLE));
  t.doesNotThrow(() => requireSound(BUNDLE, content));
  t.throws(() => requireSound(BUNDLE, other), { code: 'proof-not-passed', detail: /content-sha256/ });
  t.throws(() => requireSound(BUNDLE.subarray(1)), { code: 'proof-not-passed', detail: /bundle-format/ });
});

t.test('a bundle is written as a whole, over an older one too', async (t) => {
  const path = join(t.testdir({ 'a.hufu.json': 'older and longer'.repeat(10_000) }), 'a.hufu.json');
  await writeBundle(path, BUNDLE);
  t.strictSame(readFileSync(path), BUNDLE);
  t.notOk(existsSync(`${path}.partial`), 'no draft is left');
});
