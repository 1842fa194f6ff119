import fc from 'fast-check';
import t from 'tap';
import { LineSplitter } from '../../src/intake/line-splitter.ts';

function split(chunks: readonly Buffer[], maxBytes: number): (string | null)[] {
  const splitter = new LineSplitter(maxBytes);
  const lines = [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
  return lines.map((line) => ('text' in line ? line.text : null));
}

t.test('lines end with a line feed; the last may end with the stream', async (t) => {
  t.same(split([Buffer.from('a\n\nb')], 9), ['a', '', 'b']);
  t.same(split([Buffer.from('a\n')], 9), ['a']);
  t.same(split([], 9), []);
});

t.test('a line over the limit is skipped, and the next one is whole', async (t) => {
  t.same(split([Buffer.from('12345\n123456\n12345')], 5), ['12345', null, '12345']);
  t.same(split([Buffer.from('1234'), Buffer.from('567'), Buffer.from('8\nx\n')], 5), [null, 'x']);
  t.same(split([Buffer.from('123456')], 5), [null], 'also at the end of the stream');
});

t.test('a line that comes byte by byte is whole', (t) => {
  const line = Array.from({ length: 1_000 }, (_, i) => String.fromCharCode(0x61 + (i % 26))).join('');
  const bytes = [...Buffer.from(`${line}\n${line}`)].map((byte) => Buffer.from([byte]));
  t.same(split(bytes, 1_000), [line, line]);
  t.end();
});

t.test('where the network cuts the stream makes no difference', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '行', '\n', 'bcd', '\r\n')),
      fc.array(fc.nat({ max: 60 })),
      (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        return JSON.stringify(split(chunks, 6)) === JSON.stringify(split([bytes], 6));
      },
    ),
  );
});
