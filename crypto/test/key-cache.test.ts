import t from 'tap';
import { u64be } from '../src/bytes.ts';
import { KeyCache, MAX_KEYS } from '../src/key-cache.ts';

t.test('a key is read once, a bad one each time', async (t) => {
  const read: number[] = [];
  const cache = new KeyCache((key) => {
    read.push(key[7] ?? 0);
    return key[7] === 0 ? undefined : { key };
  });
  const first = cache.get(u64be(1));
  t.equal(cache.get(u64be(1)), first);
  t.equal(cache.get(u64be(0)), undefined);
  t.equal(cache.get(u64be(0)), undefined);
  t.same(read, [1, 0, 0]);
});

t.test('memory is bounded: the key unused for longest leaves', async (t) => {
  let reads = 0;
  const cache = new KeyCache(() => ({ read: ++reads }));
  for (let i = 0; i < MAX_KEYS; i++) cache.get(u64be(i));
  cache.get(u64be(0));
  cache.get(u64be(MAX_KEYS));
  t.equal(reads, MAX_KEYS + 1);
  cache.get(u64be(0));
  t.equal(reads, MAX_KEYS + 1, 'the first was used since, so it stayed');
  cache.get(u64be(1));
  t.equal(reads, MAX_KEYS + 2, 'the second had to go');
});
