import fc from 'fast-check';
import t from 'tap';
import { PLATFORMS } from './platforms.ts';

for (const { platform, api } of PLATFORMS) {
  t.test(`${platform}: hex and base64 bring every byte back`, async () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const reference = Buffer.from(bytes);
        return (
          api.toHex(bytes) === reference.toString('hex') &&
          api.toBase64(bytes) === reference.toString('base64') &&
          reference.equals(api.fromHex(api.toHex(bytes)) ?? Buffer.of(0xbad)) &&
          reference.equals(api.fromBase64(api.toBase64(bytes)) ?? Buffer.of(0xbad))
        );
      }),
    );
  });

  t.test(`${platform}: a view into a larger buffer is read at its place`, async (t) => {
    const view = Uint8Array.of(0xaa, 1, 2, 0xbb).subarray(1, 3);
    t.equal(api.toHex(view), '0102');
    t.equal(api.toBase64(view), 'AQI=');
  });

  t.test(`${platform}: a mebibyte goes through base64`, async (t) => {
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) % 251);
    const text = api.toBase64(bytes);
    t.equal(text, Buffer.from(bytes).toString('base64'));
    t.ok(Buffer.from(bytes).equals(api.fromBase64(text) ?? Buffer.alloc(0)));
  });

  t.test(`${platform}: what comes back is a plain array that shares no memory`, async (t) => {
    for (const bytes of [api.fromHex('010203'), api.fromBase64('AQID')]) {
      t.equal(bytes?.constructor, Uint8Array);
      t.equal(bytes?.buffer.byteLength, 3);
    }
  });

  t.test(`${platform}: hex has one spelling`, async (t) => {
    for (const text of ['0', 'AB', 'aB', '0x01', ' 01', '01 ', '01\n', '0g', '０１', '-1', '0.']) {
      t.equal(api.fromHex(text), undefined, JSON.stringify(text));
    }
  });

  t.test(`${platform}: base64 has one spelling (RFC 4648, sections 3.2 to 3.5)`, async (t) => {
    const hostile = {
      'no padding': 'AQ',
      'half the padding': 'AQ=',
      'too much padding': 'AQI==',
      'only padding': '====',
      'padding inside': 'AQ==AQ==',
      'trailing bits of two bytes': 'AQJ=',
      'trailing bits of one byte': 'AR==',
      'URL alphabet': '-_-_',
      'space inside': 'AQ ID',
      'line break at the end': 'AQID\n',
      'a character outside': 'AQI*',
      'length one': 'A',
      'not ASCII': 'AQIÁ',
    };
    for (const [name, text] of Object.entries(hostile)) t.equal(api.fromBase64(text), undefined, name);
  });
}

t.test('node and browser take and refuse the same texts', async () => {
  const [{ api: node }, { api: browser }] = PLATFORMS;
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefAF g'), maxLength: 8 });
  const base64 = fc.string({ unit: fc.constantFrom(...'AQIZaz09+/=-_ \n'), maxLength: 8 });
  const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
    a === undefined || b === undefined ? a === b : Buffer.from(a).equals(b);
  fc.assert(
    fc.property(hex, (text) => same(node.fromHex(text), browser.fromHex(text))),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(base64, (text) => same(node.fromBase64(text), browser.fromBase64(text))),
    { numRuns: 2000 },
  );
});
