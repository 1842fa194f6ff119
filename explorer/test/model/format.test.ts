import t from 'tap';
import {
  ago,
  formatBytes,
  formatCount,
  formatRate,
  formatTime,
  formatTimeMs,
} from '../../src/model/format.ts';

const AT_MS = Date.UTC(2026, 10, 21, 11, 21, 3, 42);

t.test('times are absolute and in UTC+8, whatever the zone of the machine', async (t) => {
  t.equal(formatTime(AT_MS), '2026-11-21 19:21:03');
  t.equal(formatTimeMs(AT_MS), '2026-11-21 19:21:03.042');
  t.equal(formatTime(Date.UTC(2026, 11, 31, 16, 0, 0)), '2027-01-01 00:00:00', 'the day turns at 16:00 UTC');
  t.equal(formatTimeMs(0), '1970-01-01 08:00:00.000');
});

t.test('a time that no calendar has is shown as the number it is', async (t) => {
  for (const timeMs of [Number.MAX_SAFE_INTEGER, 8.64e15, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.equal(formatTime(timeMs), String(timeMs));
    t.equal(formatTimeMs(timeMs), String(timeMs));
  }
});

t.test('counts, sizes and rates', async (t) => {
  t.equal(formatCount(1_234_567), '1,234,567');
  t.equal(formatCount(Number.MAX_SAFE_INTEGER), '9,007,199,254,740,991');
  const sizes = [0, 1023, 1024, 1536, 12.3 * 1024 ** 2, 5 * 1024 ** 5];
  t.same(sizes.map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '12.3 MiB', '5120 TiB']);
  t.same([0, 0.04, 3.42, 9.99, 10.4, 1250.4].map(formatRate), ['0', '< 0.1', '3.4', '10.0', '10', '1,250']);
});

t.test('ages use the largest unit that is at least one and are never negative', async (t) => {
  const rows: [number, string, number][] = [
    [-5_000, 'second', 0],
    [59_999, 'second', 59],
    [60_000, 'minute', 1],
    [3_599_999, 'minute', 59],
    [3_600_000, 'hour', 1],
    [86_400_000 * 3, 'day', 3],
  ];
  for (const [ageMs, unit, count] of rows) t.same(ago(AT_MS, AT_MS + ageMs), { unit, count }, `${ageMs} ms`);
});
