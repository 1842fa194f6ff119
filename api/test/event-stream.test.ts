import fc from 'fast-check';
import t from 'tap';
import { EventStreamError, EventStreamParser, MAX_EVENT_BYTES, type StreamEvent } from '../src/index.ts';

function parse(chunks: readonly string[]): StreamEvent[] {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

t.test('WHATWG HTML 9.2.6: fields, comments, line endings and the last event id', async (t) => {
  t.same(
    parse([': comment\ndata: a\ndata: b\r\nid: 1\r\revent: x\rdata:c\n\ndata:\n\n', 'event: only\n\n']),
    [
      { event: 'message', data: 'a\nb', id: '1' },
      { event: 'x', data: 'c', id: '1' },
      { event: 'message', data: '', id: '1' },
    ],
  );
  t.same(parse(['retry: 1\nunknown: 2\nid: a\0b\ndata:  two spaces\n\n']), [
    { event: 'message', data: ' two spaces', id: '' },
  ]);
});

t.test('where the network cuts the stream makes no difference', async () => {
  const text = 'id: 1\r\ndata: a\r\n\r\n: c\r\ndata: b\rdata: c\r\r\nevent: e\ndata: d\n\n';
  const whole = parse([text]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, i) => text.slice(at[i], end));
      return JSON.stringify(parse(chunks)) === JSON.stringify(whole);
    }),
  );
});

t.test('a CRLF that is cut in two takes no line end after it away', async (t) => {
  t.same(parse(['data: a\r', '\n', '\n']), [{ event: 'message', data: 'a', id: '' }]);
});

t.test('an endless line and an endless event are refused', async (t) => {
  const megabyte = 'x'.repeat(1 << 20);
  const endless = (chunk: string) => () => {
    const parser = new EventStreamParser();
    for (let sent = 0; sent <= MAX_EVENT_BYTES; sent += megabyte.length) parser.push(chunk);
  };
  t.throws(endless(megabyte), EventStreamError);
  t.throws(endless(`data: ${megabyte}\n`), EventStreamError);
  const comment = `:${'x'.repeat(MAX_EVENT_BYTES)}\n`;
  t.throws(() => parse([comment]), EventStreamError, 'nor does it matter that the line came as a whole');
  t.same(parse([comment.slice(1)]), []);
});
