import t from 'tap';
import { formatEvidenceNumber, parseEvidenceNumber } from '../../src/model/evidence-number.ts';

t.test('an evidence number reads back as it was printed', async (t) => {
  for (const number of [
    { gateway: 0, serial: 0 },
    { gateway: 3, serial: 1234 },
    { gateway: 65_535, serial: Number.MAX_SAFE_INTEGER },
  ]) {
    t.same(parseEvidenceNumber(formatEvidenceNumber(number)), number);
  }
  t.equal(formatEvidenceNumber({ gateway: 0, serial: 1234 }), '0-1234');
});

t.test('the dash, spaces and leading zeros of print are no obstacle', async (t) => {
  for (const text of ['0-1234', ' 0 – 1234 ', '0—1234', '0−1234', '00-001234']) {
    t.same(parseEvidenceNumber(text), { gateway: 0, serial: 1234 }, text);
  }
});

t.test('what is no evidence number is refused', async (t) => {
  for (const text of [
    '',
    '-',
    '1',
    '1-',
    '-1',
    '1-2-3',
    '1-9007199254740992',
    '1e3-2',
    '0x1-2',
    '1-a',
    '1--2',
  ]) {
    t.equal(parseEvidenceNumber(text), undefined, text);
  }
});
