import t from 'tap';
import { parseSearch } from '../../src/model/search-query.ts';

const DIGEST = 'a1'.repeat(32);
const DIGITS_ONLY = '12'.repeat(32);

t.test('a digest is taken however it was copied', async (t) => {
  for (const text of [
    DIGEST,
    ` ${DIGEST}\n`,
    DIGEST.toUpperCase(),
    `0x${DIGEST}`,
    `sm3:${DIGEST}`,
    `SHA-256 = ${DIGEST}`,
    `${DIGEST}  合同.pdf`,
    `${DIGEST} *report.bin`,
    DIGEST.replace(/(.{8})/g, '$1 '),
    DIGEST.replace(/(..)(?=.)/g, '$1:'),
  ]) {
    t.same(parseSearch(text), { kind: 'digest', digest: DIGEST }, text);
  }
});

t.test('a digest of digits only is a digest and not a number', async (t) => {
  t.same(parseSearch(DIGITS_ONLY), { kind: 'digest', digest: DIGITS_ONLY });
});

t.test('numbers, also full-width, grouped or after a #', async (t) => {
  for (const text of ['1234', '#1234', '1,234', '１２３４', ' 1234 ']) {
    t.same(parseSearch(text), { kind: 'number', value: 1234 }, text);
  }
  t.same(parseSearch('0'), { kind: 'number', value: 0 });
});

t.test('evidence numbers', async (t) => {
  t.same(parseSearch('0-1234'), { kind: 'serial', gateway: 0, serial: 1234 });
  t.same(parseSearch('０－１２３４'), { kind: 'serial', gateway: 0, serial: 1234 }, 'full-width');
});

t.test('what names nothing says why', async (t) => {
  t.same(parseSearch('   '), { kind: 'empty' });
  t.same(parseSearch(DIGEST.slice(1)), { kind: 'unrecognised', reason: 'digest-length' });
  t.same(parseSearch(`${DIGEST}00`), { kind: 'unrecognised', reason: 'digest-length' });
  t.same(parseSearch('9007199254740992'), { kind: 'unrecognised', reason: 'number-too-large' });
  t.same(parseSearch('合同'), { kind: 'unrecognised', reason: 'no-such-form' });
  t.same(parseSearch('<script>alert(1)</script>'), { kind: 'unrecognised', reason: 'no-such-form' });
  t.same(parseSearch('1.5'), { kind: 'unrecognised', reason: 'no-such-form' });
});
