import t from 'tap';
import { ReferenceLedger } from '../support/reference-ledger.ts';
import { referenceNetwork } from '../support/reference-network.ts';
import { type Behaviour, startReferenceNode } from '../support/reference-node.ts';
import { anchorElsewhere, type Contents, startSession } from '../support/session-fixture.ts';
import { until } from '../support/until.ts';

const MANY = Array.from({ length: 300 }, (_, at) => `${at}`);

interface Case extends Contents {
  readonly what: string;
  /** The submissions of the ledger, made by whoever had the key. */
  readonly ledger: readonly (readonly string[])[];
  /** Serials that become final. */
  readonly final: readonly number[];
  /** The first serial that the ledger proves to be another; undefined for no conflict. */
  readonly conflict?: number;
}

const cases: readonly Case[] = [
  { what: 'the first record differs', cut: [['a']], ledger: [['x']], final: [], conflict: 0 },
  { what: 'a later record differs', cut: [['a', 'b']], ledger: [['a'], ['x']], final: [], conflict: 1 },
  {
    what: 'a record between equal ones differs',
    cut: [['a', 'b', 'c']],
    ledger: [['a', 'x', 'c']],
    final: [],
    conflict: 1,
  },
  {
    what: 'one record of many differs',
    cut: [MANY],
    ledger: [MANY.with(217, 'x')],
    final: [],
    conflict: 217,
  },
  { what: 'the ledger has a part of it only', cut: [['a', 'b']], ledger: [['a']], final: [], conflict: 1 },
  {
    what: 'the second submission differs',
    cut: [['a'], ['b']],
    ledger: [['a'], ['x']],
    final: [0],
    conflict: 1,
  },
  { what: 'records are in other submissions', cut: [['a', 'b']], ledger: [['a'], ['b']], final: [0, 1] },
  {
    what: 'submissions are one in the ledger',
    cut: [['a'], ['b']],
    ledger: [['a', 'b']],
    final: [0, 1],
  },
  { what: 'records are only not cut yet', uncut: ['a', 'b'], ledger: [['a', 'b']], final: [0, 1] },
  { what: 'a record not cut yet differs', uncut: ['a', 'b'], ledger: [['a', 'x']], final: [], conflict: 1 },
  {
    what: 'a serial was never given here',
    uncut: ['a'],
    ledger: [['a'], ['b'], ['c']],
    final: [],
    conflict: 1,
  },
  { what: 'nothing was ever recorded here', ledger: [['a'], ['b']], final: [], conflict: 0 },
];

for (const { what, ledger: submissions, final, conflict, ...contents } of cases) {
  t.test(`${what}: ${conflict === undefined ? 'no conflict' : `a conflict at ${conflict}`}`, async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    anchorElsewhere(t, ledger, submissions);
    const node = await startReferenceNode(ledger);
    t.teardown(() => node.stop());
    const session = await startSession(t, ledger, node, contents);
    if (conflict === undefined) {
      await until('all is final', () => session.finalized.length === final.length);
      t.match(await session.stop(), { kind: 'stopped' });
    } else t.match(await session.end, { kind: 'conflict', serial: conflict });
    t.same(session.finalized, final);
  });
}

const lies: readonly (readonly [string, Behaviour, Contents])[] = [
  ['shows range proofs that prove nothing', { falseRange: () => true }, { cut: [['a', 'b'], ['c']] }],
  ['proves a part of it only', { falseRange: (count) => count > 1 }, { cut: [['a', 'b'], ['c']] }],
  ['names another place', { shiftIndex: 1 }, { cut: [['a', 'b'], ['c']] }],
  ['names a place after the log', { shiftIndex: 3 }, { cut: [['a', 'b'], ['c']] }],
  ['says that it has what was never recorded', { aheadBy: 1 }, { cut: [['a', 'b'], ['c']] }],
  ['says that it has what was never cut', { aheadBy: 1 }, { cut: [['a', 'b'], ['c']], uncut: ['d'] }],
  ['shows another record than the ledger has', { falseEntries: true }, { uncut: ['a', 'b', 'c'] }],
];

for (const [what, behaviour, contents] of lies) {
  t.test(`a node that ${what} proves no conflict`, async (t) => {
    const ledger = new ReferenceLedger(referenceNetwork());
    anchorElsewhere(t, ledger, [['a', 'b'], ['c']]);
    const node = await startReferenceNode(ledger, behaviour);
    t.teardown(() => node.stop());
    const session = await startSession(t, ledger, node, contents);
    t.match(await session.end, { kind: 'lying' });
  });
}
