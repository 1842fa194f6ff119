import { asEpoch } from '@hufu/consensus';
import t from 'tap';
import { requireSynced } from '../../src/governance/declare.ts';
import { exampleRegistry } from './registry-of-example.ts';

const NOW_MS = 1_000_000_000;

/** A node of an epoch that began at height 10, by its height and the age of its newest block. */
function nodeAt(parentHeight: number, ageMs: number) {
  const registry = exampleRegistry();
  return {
    newestBlockTimeMs: NOW_MS - ageMs,
    history: null,
    context: {
      chainId: [],
      suites: [],
      epoch: asEpoch(1),
      registry,
      validatorSetDigest: [],
      firstHeight: 10,
      parentHeight,
    },
  };
}

t.test('a node is ready with a block of the epoch, no older than an idle network makes them', async (t) => {
  const { heartbeatMs } = exampleRegistry().parameters;
  t.doesNotThrow(() => requireSynced('node', nodeAt(10, heartbeatMs), NOW_MS));
  t.throws(() => requireSynced('node', nodeAt(9, 0), NOW_MS), { code: 'node-behind' });
  t.throws(() => requireSynced('node', nodeAt(500, 3 * heartbeatMs), NOW_MS), { code: 'node-behind' });
});

t.test('a node that still fetches the past is not ready', async (t) => {
  const node = { ...nodeAt(500, 0), history: { height: 120, toHeight: 400 } };
  t.throws(() => requireSynced('node', node, NOW_MS), {
    code: 'history-missing',
    detail: 'node: block 120 of 400',
  });
});
