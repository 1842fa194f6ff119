import { createHash } from 'node:crypto';
import type { EvidencePage } from '@hufu/api';
import t from 'tap';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

// No node is needed to record: every test shares one gateway whose only node does not exist.
const { client } = await startFixture(t, gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']));

t.test('pages follow a signed cursor that holds for the same conditions only', async (t) => {
  const input = { digests: { sha256: sha256('paged') } };
  await client.postBatch({ body: new Array(5).fill(input) });
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.searchEvidence({
      digest: sha256('paged'),
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (!page.ok) throw new Error('no page');
    seen.push(...page.value.evidence.map((one) => one.serial));
    cursor = page.value.next ?? undefined;
    if (cursor !== undefined) {
      t.match(await client.searchEvidence({ cursor }), { error: { problem: { code: 'invalid-cursor' } } });
    }
  } while (cursor !== undefined);
  t.equal(seen.length, 5);
  t.same(
    seen,
    [...seen].sort((a, b) => b - a),
    'newest first',
  );
  const serial = seen[2] ?? 0;
  t.match(await client.searchEvidence({ serial }), { value: { evidence: [{ serial }], next: null } });
  t.match(await client.searchEvidence({ serial, digest: sha256('other') }), { value: { evidence: [] } });
  const all = await client.searchEvidence({ limit: 100 });
  t.ok(all.ok && all.value.evidence.length === 5 && all.value.next === null);
});

/** Every page of a search, to its end. */
async function pagesOf(digest: string): Promise<readonly EvidencePage[]> {
  const pages: EvidencePage[] = [];
  let next: string | null | undefined;
  while (next !== null) {
    const page = await client.searchEvidence({ digest, ...(next === undefined ? {} : { cursor: next }) });
    if (!page.ok) throw new Error('no page');
    pages.push(page.value);
    next = page.value.next;
  }
  return pages;
}

t.test('a record whose two digests are the same bytes is one candidate', async (t) => {
  const digests = { sha256: sha256('twice'), sm3: sha256('twice') };
  const posted = await client.postBatch({ body: new Array(60).fill({ digests }) });
  if (!posted.ok) throw new Error('not posted');
  const pages = await pagesOf(digests.sha256);
  const found = pages.flatMap(({ evidence }) => evidence.map(({ serial }) => serial));
  t.same(
    found.reverse(),
    posted.value.evidence.map(({ serial }) => serial),
    'every one, once',
  );
});

t.test('a page looks at 512 candidates, however many digests begin alike', async (t) => {
  const alike = (n: number): string => `c0ffeec0ffee${n.toString(16).padStart(52, '0')}`;
  const inputs = Array.from({ length: 600 }, (_, n) => ({ digests: { sha256: alike(n) } }));
  const posted = await client.postBatch({ body: inputs });
  if (!posted.ok) throw new Error('not posted');
  const serials = async (n: number): Promise<readonly (readonly number[])[]> =>
    (await pagesOf(alike(n))).map(({ evidence }) => evidence.map(({ serial }) => serial));
  const first = posted.value.evidence[0]?.serial ?? 0;
  t.same(await serials(0), [[], [first]], 'nothing among the newest 512: empty, and goes on');
  t.same(await serials(599), [[first + 599], []]);
  t.same(await serials(600), [[], []], 'a digest that nobody posted');
});
