import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { PLATFORMS } from '../platforms.ts';

interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly key: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid' | 'acceptable';
    }[];
  }[];
}

const FILE = join(import.meta.dirname, '../../../testdata/crypto/wycheproof/eddsa_test.json');

t.test('Project Wycheproof, EdDSA on edwards25519: every verdict is ours, on both platforms', async (t) => {
  const file: WycheproofFile = JSON.parse(readFileSync(FILE, 'utf8'));
  let tried = 0;
  for (const { key, tests } of file.testGroups) {
    const publicKey = Buffer.from(key.pk, 'hex');
    for (const { tcId, comment, msg, sig, result } of tests) {
      const [message, signature] = [Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')];
      for (const { platform, api } of PLATFORMS) {
        const verdict = api.verify('ed25519-sha256', publicKey, message, signature);
        t.equal(verdict, result === 'valid', `${platform}, case ${tcId}: ${comment || result}`);
      }
      tried += 1;
    }
  }
  t.equal(tried, file.numberOfTests);
});
