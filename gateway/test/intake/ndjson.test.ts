import t from 'tap';
import { type NdjsonIntake, type ResultChunk, recordLines } from '../../src/intake/ndjson.ts';

/** A gateway that records everything at once. */
function intake(posts: number[]): NdjsonIntake {
  let serial = 0;
  return {
    gateway: 0,
    hashes: ['sha256', 'sm3'],
    requestId: 'request-1',
    append: async (records) => {
      const firstSerial = serial;
      serial += records.length;
      posts.push(records.length);
      return { ok: true, value: { firstSerial, receivedAtMs: 1, earlier: records.map(() => []) } };
    },
  };
}

async function* bodyOf(...chunks: readonly string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

t.test('64 KiB of the shortest bad lines: results come in short chunks, with turns in between', async (t) => {
  const lines = 32_768;
  let turns = 0;
  const count = (): void => {
    turns += 1;
    turning = setImmediate(count);
  };
  let turning = setImmediate(count);
  const chunks: ResultChunk[] = [];
  for await (const chunk of recordLines(bodyOf('1\n'.repeat(lines)), intake([]))) chunks.push(chunk);
  clearImmediate(turning);
  const longest = Math.max(...chunks.map(({ text }) => text.length));
  t.ok(longest < 2 * 65_536, `${longest} characters at once`);
  t.ok(turns >= chunks.length - 2, `${turns} turns for ${chunks.length} chunks`);
  t.match(chunks.at(-1), { accepted: 0, refused: lines, last: true });
  const numbers = chunks.flatMap(({ text }) => [...text.matchAll(/^\{"line":([0-9]+),/gm)].map(([, n]) => n));
  t.equal(numbers.length, lines);
  t.ok(numbers.every((number, i) => number === `${i + 1}`));
});

t.test('blank lines take turns, too, and have no result', async (t) => {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const chunks: ResultChunk[] = [];
  for await (const chunk of recordLines(bodyOf('\n'.repeat(65_536)), intake([]))) chunks.push(chunk);
  t.ok(turned);
  t.same(
    chunks.map(({ text }) => text),
    ['{"end":{"accepted":0,"refused":0}}\n'],
  );
});

t.test('lines are parsed no faster than their results are taken', async (t) => {
  const posts: number[] = [];
  const results = recordLines(bodyOf('{"content":""}\n'.repeat(4_000)), intake(posts));
  await results.next();
  const recorded = (): number => posts.reduce((sum, records) => sum + records, 0);
  t.ok(recorded() > 0 && recorded() < 4_000, `${recorded()} before the first result was taken`);
  for await (const _ of results);
  t.equal(recorded(), 4_000);
});

t.test('a chunk of 64 KiB with digests is one post to the journal', async (t) => {
  const posts: number[] = [];
  const line = `{"digests":{"sm3":"${'0'.repeat(64)}"}}\n`;
  const lines = Math.floor(65_536 / line.length);
  for await (const _ of recordLines(bodyOf(line.repeat(lines)), intake(posts)));
  t.same(posts, [lines]);
});
