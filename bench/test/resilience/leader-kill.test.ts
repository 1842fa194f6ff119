import { inWorld } from '@hufu/cli';

/** One experiment stands for all: what they share is run, and what they report is complete. */
await inWorld(async (directory) => {
  const { default: t } = await import('tap');
  const { leaderKill } = await import('../../src/resilience/leader-kill.ts');
  await t.test('an experiment runs, small: the leader is killed once', async (t) => {
    const options = { hosts: 4, minutes: undefined, rounds: 1, recordsPerSecond: 100, seed: 1 };
    const { markdown } = await leaderKill.run(directory, options, () => undefined);
    t.notMatch(markdown, /NaN|undefined|Infinity/);
    t.match(markdown, /longest\s+\d+ ms/);
  });
});
