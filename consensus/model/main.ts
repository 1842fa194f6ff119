import { parseArgs } from 'node:util';
import { faults, quorum } from '../src/index.ts';
import { exhaust } from './exhaust.ts';
import { BROKEN, explore, SOUND } from './quint.ts';

const USAGE = `npm run model -- [--samples N] [--steps N] [--seed N] [--module NAME]

Enumerates all ways in which a few views can end, then draws runs of the model of the voting rules
(consensus/model/simplex.qnt) and checks its invariants in every state.

  --views    how many views are enumerated (4)
  --samples  runs of each sound module (1000); of one with a broken rule as many at most
  --steps    steps of each run (60)
  --seed     the same seed always draws the same runs (1)
  --module   one of ${[...SOUND, ...BROKEN.map(({ module }) => module)].join(', ')}; default: all`;

/** Validators in what is enumerated. */
const SIZES = [4, 5, 7];

const { values } = parseArgs({
  options: {
    views: { type: 'string', default: '4' },
    samples: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    module: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function isNamed(module: string): boolean {
  return values.module === undefined || values.module === module;
}

function exploration(module: string) {
  const { samples, steps, seed } = values;
  return explore({ module, samples: Number(samples), steps: Number(steps), seed: Number(seed) });
}

function enumerate(): number {
  let violations = 0;
  for (const n of SIZES) {
    const views = Number(values.views);
    const { outcomes, violation } = exhaust({ n, byzantine: faults(n), quorum: quorum(n), views });
    if (violation !== null) violations++;
    console.log(`n = ${n}: ${outcomes} ways to end ${views} views, ${violation ?? 'no violation'}`);
  }
  return violations;
}

function draw(): number {
  let surprises = 0;
  for (const module of SOUND.filter(isNamed)) {
    const { violated, witnessed, output } = exploration(module);
    if (violated) surprises++;
    console.log(
      violated ? output : `${module}: ${values.samples} runs of ${values.steps} steps, no violation`,
    );
    for (const [witness, runs] of witnessed) console.log(`  ${witness} in ${runs} runs`);
  }
  for (const { module, breaks } of BROKEN.filter((broken) => isNamed(broken.module))) {
    const { violated } = exploration(module);
    if (!violated) surprises++;
    console.log(`${module}: ${violated ? 'a violation, as expected' : 'NO VIOLATION'} without "${breaks}"`);
  }
  return surprises;
}

function main(): number {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  return enumerate() + draw() === 0 ? 0 : 1;
}

process.exitCode = main();
