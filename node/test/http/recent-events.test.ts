import t from 'tap';
import { RecentEvents } from '../../src/http/recent-events.ts';

function kept(events: RecentEvents, upTo: number): number[] {
  return Array.from({ length: upTo + 1 }, (_, height) => height).filter((height) => events.get(height));
}

t.test('the newest events are kept up to a number of bytes, however many they are', async (t) => {
  const events = new RecentEvents(100);
  for (let height = 1; height <= 200; height++) events.add(height, 'x');
  t.strictSame(
    kept(events, 200),
    Array.from({ length: 100 }, (_, i) => 101 + i),
  );
  events.add(201, 'y'.repeat(98));
  t.strictSame(kept(events, 201), [199, 200, 201]);
  t.equal(events.get(201), 'y'.repeat(98));
});

t.test('the newest event is kept whatever its size, alone when it is over the bound', async (t) => {
  const events = new RecentEvents(100);
  for (const [height, sizeBytes] of [
    [1, 60],
    [2, 101],
    [3, 40],
    [4, 60],
  ] as const) {
    events.add(height, 'x'.repeat(sizeBytes));
    if (height === 2) t.strictSame(kept(events, 4), [2]);
  }
  t.strictSame(kept(events, 4), [3, 4]);
});
