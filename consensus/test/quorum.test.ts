import t from 'tap';
import { faults, leader, MAX_VALIDATORS, quorum } from '../src/index.ts';

const SIZES = Array.from({ length: MAX_VALIDATORS }, (_, index) => index + 1);

t.test('f is the largest number of faulty validators with n ≥ 3f + 1', async (t) => {
  for (const n of SIZES) {
    t.ok(n >= 3 * faults(n) + 1, `n = ${n}`);
    t.notOk(n >= 3 * (faults(n) + 1) + 1, `n = ${n}`);
  }
});

t.test('two quorums share an honest validator, and the honest ones are a quorum', async (t) => {
  for (const n of SIZES) {
    const overlap = 2 * quorum(n) - n;
    t.ok(overlap > faults(n), `n = ${n}: two quorums share ${overlap}`);
    t.ok(quorum(n) <= n - faults(n), `n = ${n}: live without the faulty`);
  }
});

t.test('q = n − f, which is not 2f + 1', async (t) => {
  const known = [1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9];
  t.same(
    known.map((_, index) => quorum(index + 1)),
    known,
  );
  t.equal(quorum(5), 4, 'two quorums of 2f + 1 = 3 could meet in the one faulty validator');
  t.equal(quorum(100), 67);
});

t.test('leaders rotate: each validator leads one view in n', async (t) => {
  for (const n of [1, 4, 7, 100]) {
    const leaders = Array.from({ length: n }, (_, view) => leader(view + 1, n));
    t.equal(new Set(leaders).size, n);
  }
});
