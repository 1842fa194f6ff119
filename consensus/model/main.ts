import { Command, Option } from 'commander';
import { integer } from '../sim/integer.ts';
import { faults, quorum } from '../src/index.ts';
import { exhaust } from './exhaust.ts';
import { BROKEN, explore, SOUND } from './quint.ts';

/** Validators in what is enumerated. */
const SIZES = [4, 5, 7];

const MODULES = [...SOUND, ...BROKEN.map(({ module }) => module)];

interface Values {
  readonly views: number;
  readonly samples: number;
  readonly steps: number;
  readonly seed: number;
  readonly module?: string;
}

const program = new Command('npm run model --')
  .description(
    'Enumerates all ways in which a few views can end, then draws runs of the model of the voting rules ' +
      '(consensus/model/simplex.qnt) and checks its invariants in every state.',
  )
  .option('--views <n>', 'how many views are enumerated', integer, 4)
  .option(
    '--samples <n>',
    'runs of each sound module; of one with a broken rule as many at most',
    integer,
    1_000,
  )
  .option('--steps <n>', 'steps of each run', integer, 60)
  .option('--seed <n>', 'the same seed always draws the same runs', integer, 1)
  .addOption(new Option('--module <name>', 'default: all').choices(MODULES))
  .showHelpAfterError('See --help.')
  .parse();
const values = program.opts<Values>();

function isNamed(module: string): boolean {
  return values.module === undefined || values.module === module;
}

function exploration(module: string) {
  const { samples, steps, seed } = values;
  return explore({ module, samples, steps, seed });
}

function enumerate(): number {
  const { views } = values;
  let violations = 0;
  for (const n of SIZES) {
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

process.exitCode = enumerate() + draw() === 0 ? 0 : 1;
