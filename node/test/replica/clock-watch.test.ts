import t from 'tap';
import { ClockWatch } from '../../src/replica/clock-watch.ts';

t.test('one leader of four may have a wrong clock; when two disagree with ours, ours is wrong', async (t) => {
  let nowMs = 0;
  const watch = new ClockWatch(() => nowMs);
  t.equal(watch.othersAheadMs(4), null);
  watch.note(1, -9_000);
  watch.note(1, -9_500);
  t.equal(watch.othersAheadMs(4), null);
  watch.note(2, 700);
  t.equal(watch.othersAheadMs(4), null, 'they do not agree with each other');
  watch.note(3, -9_100);
  t.equal(watch.othersAheadMs(4), -9_100);
  nowMs = 59_999;
  t.equal(watch.othersAheadMs(4), -9_100);
  nowMs = 60_000;
  t.equal(watch.othersAheadMs(4), null, 'nothing was heard of it since');
});

t.test('a node alone believes its own clock', async (t) => {
  t.equal(new ClockWatch(() => 0).othersAheadMs(1), null);
});
