import { fromHex, hash } from '@hufu/crypto';
import { verify } from '@hufu/proof';
import t from 'tap';
import { readBundleRecords } from '../../src/model/bundle-records.ts';
import { contentOfDigest, digestsOf, positionOf } from '../../src/model/content-digests.ts';
import { readVector } from './bundle-vectors.ts';

const { bundle, content } = readVector('valid/one-record');
const digests = digestsOf({ sha256: hash('sha256', content), sm3: hash('sm3', content) });

t.test('a pasted digest is compared under the hash it is of', async (t) => {
  for (const name of ['sha256', 'sm3'] as const) {
    const given = contentOfDigest(digests[name] ?? '', readBundleRecords(bundle));
    t.same(Object.keys(given ?? {}), [name]);
    const report = verify(bundle, given === undefined ? {} : { content: given });
    t.equal(report.steps.find(({ code }) => code === `content-${name}`)?.status, 'passed');
  }
});

t.test('a digest of something else is reported as different under both', async (t) => {
  const given = contentOfDigest('ab'.repeat(32), readBundleRecords(bundle));
  const report = verify(bundle, given === undefined ? {} : { content: given });
  const statuses = report.steps.filter(({ code }) => code.startsWith('content-')).map(({ status }) => status);
  t.same(statuses, ['failed', 'failed']);
});

t.test('what is no digest is no content', async (t) => {
  for (const text of ['', 'ab', 'AB'.repeat(32), 'zz'.repeat(32), 'ab'.repeat(33)]) {
    t.equal(contentOfDigest(text, []), undefined, text);
  }
});

t.test('of several records, the one the content belongs to', async (t) => {
  const records = [{ sha256: '00' }, { sm3: '11' }, { sha256: '22', sm3: '33' }];
  t.equal(positionOf({ sm3: '33' }, records), 2);
  t.equal(positionOf({ sha256: '11' }, records), 0, 'not across hashes');
  t.equal(positionOf({}, records), 0);
});

t.test('bytes that are no bundle state nothing', async (t) => {
  t.same(readBundleRecords(new Uint8Array(100)), []);
  t.same(readBundleRecords(fromHex('7b7d') ?? new Uint8Array(0)), []);
  t.same(readBundleRecords(bundle), [digests]);
});
