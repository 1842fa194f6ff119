import t from 'tap';
import { exhaust, type Without } from '../../model/exhaust.ts';
import { faults, quorum } from '../../src/quorum.ts';

for (const [n, views] of [
  [1, 4],
  [4, 4],
  [5, 3],
  [7, 3],
] as const) {
  t.test(`n = ${n}: no way in which ${views} views can end violates an invariant`, async (t) => {
    const { outcomes, violation } = exhaust({ n, byzantine: faults(n), quorum: quorum(n), views });
    t.equal(violation, null);
    t.ok(outcomes > 1_000, `${outcomes} ways`);
  });
}

const FOUR = { n: 4, byzantine: 1, quorum: 3, views: 3 };

for (const [n, votes] of [
  [4, 2],
  [5, 3],
] as const) {
  t.test(`n = ${n}: ${votes} votes are not enough for a certificate`, async (t) => {
    t.match(exhaust({ n, byzantine: 1, quorum: votes, views: 1 }).violation, /finalizedViewIsNotNullified/);
  });
}

const VIOLATED: Readonly<Record<Without, RegExp>> = {
  'one-notarize-a-view': /^oneNotarizedBlockAView/,
  'never-nullify-and-finalize': /^finalizedViewIsNotNullified/,
  'nullification-of-every-view-between': /^certifiedPrefix/,
  'nothing-beyond-the-last-block': /^lastBlockIsUnique/,
  'last-block-unchanged': /^certifiedPrefix/,
};
const RULES: readonly Without[] = [
  'one-notarize-a-view',
  'never-nullify-and-finalize',
  'nullification-of-every-view-between',
  'nothing-beyond-the-last-block',
  'last-block-unchanged',
];

for (const without of RULES) {
  t.test(`without ${without} an invariant is violated`, async (t) => {
    t.match(exhaust(FOUR, without).violation, VIOLATED[without]);
  });
}
