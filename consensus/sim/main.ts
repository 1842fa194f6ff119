import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ACTOR_NAMES, type ActorName } from './actors/index.ts';
import { partOfBar } from './bar.ts';
import { campaign, type Family, type Series, scenarioOf, type Tally } from './campaign.ts';
import { type Core, REAL_CORE } from './host.ts';
import { integer } from './integer.ts';
import { MUTANTS } from './mutants/list.ts';
import { mutantCore } from './mutants/mutant.ts';
import { seek } from './mutants/seek.ts';
import { run } from './run.ts';
import { FAULT_NAMES, type Scenario } from './scenario.ts';
import { formatScenario, parseScenario } from './scenario-file.ts';
import { shrink } from './shrink.ts';

/** A mutant that this many seeds do not show survives. */
const MOST_SEEDS = 1_000;

interface Values {
  readonly seed: number;
  readonly runs: number;
  readonly n: readonly number[];
  readonly twins: boolean;
  readonly faults?: readonly string[];
  readonly actor?: ActorName;
  readonly campaign: boolean;
  readonly part: readonly [part: number, parts: number];
  readonly jobs: number;
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly scenario?: string;
  readonly mutant?: string;
  readonly mutants: boolean;
}

const program = new Command('npm run sim --')
  .description('The protocol in a simulated world. The same seed always gives the same run.')
  .option('--seed <n>', 'first seed', integer, 1)
  .option('--runs <n>', 'how many seeds of each n', integer, 1)
  .option('--n <list>', 'validators, one number or several with commas', integers, [4])
  .option('--twins', 'Twins cases instead of faults', false)
  .option(
    '--faults <list>',
    `comma-separated of ${FAULT_NAMES.join(', ')}; default: what the seed gives`,
    names,
  )
  .addOption(new Option('--actor <name>', 'default: what the seed gives').choices(ACTOR_NAMES))
  .option('--campaign', 'the bar: 100,000 seeds of faults and 100,000 of Twins, from --seed on', false)
  .option('--part <K/M>', 'only the K-th of M parts of the campaign', partOf, [1, 1])
  .option('--jobs <n>', 'worker processes', integer, availableParallelism())
  .option('--trace', 'print every message of one run', false)
  .option('--shrink', 'make the failing run of --seed smaller and write it to --scenario', false)
  .option('--scenario <file>', 'replay the run in this file')
  .addOption(new Option('--mutant <name>', 'with a planted bug').choices(MUTANTS.map(({ name }) => name)))
  .option('--mutants', 'how many seeds each planted bug takes', false)
  .showHelpAfterError('See --help.')
  .parse();
const values = program.opts<Values>();

function integers(text: string): readonly number[] {
  return text.split(',').map(integer);
}

function names(text: string): readonly string[] {
  const given = text.split(',');
  const unknown = given.find((name) => !FAULT_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no fault "${unknown}"`);
  return given;
}

function partOf(text: string): readonly [number, number] {
  const [part = 0, parts = 0] = text.split('/').map(integer);
  if (part < 1 || part > parts) throw new InvalidArgumentError('must be K/M, 1 ≤ K ≤ M');
  return [part, parts];
}

function families(): readonly Family[] {
  const named = values.faults;
  const faults = named === undefined ? null : FAULT_NAMES.filter((name) => named.includes(name));
  const kind = values.twins ? 'twins' : 'faults';
  const { actor = null } = values;
  return values.n.map((n) => ({ kind, n, faults, actor }));
}

async function core(): Promise<Core> {
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  return mutant === undefined ? REAL_CORE : mutantCore(mutant);
}

/** One run, in this process. */
async function replay(made: Scenario): Promise<number> {
  const {
    violation,
    mishaps,
    writes: _,
    ...outcome
  } = run(made, await core(), values.trace ? console.log : null);
  console.log(made.name);
  console.log(JSON.stringify({ ...outcome, mishaps: mishaps.length }));
  console.log(violation === null ? 'no violation' : violation.stack);
  return violation === null ? 0 : 1;
}

async function shrinkTo(file: string, made: Scenario): Promise<number> {
  const shrunk = shrink(made, await core());
  if (shrunk === null) {
    console.log(`${made.name}: no violation`);
    return 0;
  }
  writeFileSync(file, formatScenario(shrunk.scenario));
  console.log(`${file}: ${shrunk.after} of ${shrunk.before} events and mishaps, after ${shrunk.runs} runs`);
  return 1;
}

/** Runs each series; prints what was violated, and a line when one is done. How many violations there were. */
async function many(series: readonly Series[]): Promise<number> {
  let violations = 0;
  await campaign(series, values.jobs, (each, tally) => {
    violations += tally.violations.length;
    console.log(summary(each, tally));
  });
  return violations;
}

function summary({ family, firstSeed, runs }: Series, tally: Tally): string {
  const { cpuMs, virtualMs, views, violations } = tally;
  return (
    `${family.kind}, n = ${family.n}: seeds ${firstSeed} … ${firstSeed + runs - 1}, ${violations.length} violations, ` +
    `${views} views, ${Math.round(virtualMs / 1_000)} virtual s, ${(cpuMs / runs).toFixed(1)} ms of CPU a run`
  );
}

/** The table of planted bugs, in Markdown. */
async function mutants(): Promise<number> {
  let survivors = 0;
  console.log('| planted bug | breaks | found by seed | seen as |\n|---|---|---|---|');
  for (const mutant of MUTANTS) {
    const found = await seek(mutant, MOST_SEEDS);
    if (found === null) survivors++;
    const [what = ''] = found?.outcome.violation?.message.split(':') ?? [];
    console.log(`| ${mutant.name} | ${mutant.breaks} | ${found?.seed ?? 'survives'} | ${what} |`);
  }
  return survivors;
}

async function main(): Promise<number> {
  if (values.mutants) return mutants();
  if (values.campaign) return many(partOfBar(values.seed, ...values.part));
  const { seed, runs } = values;
  const [family] = families();
  if (family === undefined) throw new RangeError('a list has a first');
  if (values.shrink) return shrinkTo(values.scenario ?? 'scenario.txt', scenarioOf(family, seed));
  if (values.scenario !== undefined) return replay(parseScenario(readFileSync(values.scenario, 'utf8')));
  if (runs === 1) return replay(scenarioOf(family, seed));
  return many(families().map((each) => ({ family: each, firstSeed: seed, runs })));
}

process.exitCode = (await main()) === 0 ? 0 : 1;
