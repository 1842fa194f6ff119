import t from 'tap';
import { boundaryOf, MultipartStructure } from '../../src/http/multipart-structure.ts';

const FILE = 'content-disposition: form-data; name="a"; filename="b"';

t.test('the verdict does not depend on where the body is cut into chunks', (t) => {
  for (const [body, parts, fault] of [
    [`--B\r\n${FILE}\r\n\r\nx\r\n--B\r\n${FILE}\r\n\r\n\r\n--\r\n--B--\r\n`, 2, undefined],
    [`--B\r\n${FILE}\r\n\r\n\r\n--B--`, 1, undefined],
    ['--B--\r\n', 0, undefined],
    [`--B\r\n${FILE}\r\n\r\n--B--\r\n`, 1, 'a part ends inside its headers'],
    [`--B\r\n${FILE}\r\n\r\nx\r\n--B\r\n\r\nx\r\n--B--`, 2, 'a part has a malformed header'],
    [`--B\r\n${FILE}\r\n\r\nx\r\n--B-x`, 1, 'a boundary is not followed by a line end'],
    [`--B\r\n${FILE}\r\n\r\nx\r\n--B--x`, 1, 'bytes after the last boundary'],
    ['x--B--\r\n', 0, 'bytes before the first boundary'],
  ] as const) {
    for (let size = 1; size <= body.length; size++) {
      const structure = new MultipartStructure('B');
      let found: string | undefined;
      for (let at = 0; at < body.length && found === undefined; at += size) {
        found = structure.push(Buffer.from(body.slice(at, at + size)));
      }
      if (found !== fault || structure.parts !== parts)
        t.fail(`${JSON.stringify(body)} by ${size}: ${found}`);
    }
  }
  t.end();
});

t.test('RFC 2046, 5.1.1: one boundary of 1 to 70 of its characters', (t) => {
  const type = (parameters: string): string => `multipart/form-data${parameters}`;
  t.equal(boundaryOf(type('; boundary=B')), 'B');
  t.equal(boundaryOf(type(';charset=utf-8 ;BOUNDARY="a b:c"')), 'a b:c');
  t.equal(boundaryOf(type(`; boundary=${'x'.repeat(70)}`)), 'x'.repeat(70));
  for (const bad of [
    '',
    '; boundary',
    '; boundary=',
    '; boundary=""',
    '; boundary="a "',
    '; boundary="a\\"b"',
    '; boundary=B; boundary=B',
    '; boundary=B x',
    `; boundary=${'x'.repeat(71)}`,
  ]) {
    t.equal(boundaryOf(type(bad)), undefined, bad);
  }
  t.equal(boundaryOf(undefined), undefined);
  t.end();
});
