import t, { type Test } from 'tap';
import { Follower } from '../../model/follow.ts';
import { Refusal } from '../../model/simplex.ts';
import { genesis } from '../../sim/execution.ts';
import { type Core, REAL_CORE } from '../../sim/host.ts';
import { MUTANTS } from '../../sim/mutants/list.ts';
import { mutantCore } from '../../sim/mutants/mutant.ts';
import { run } from '../../sim/run.ts';
import { type Scenario, scenario } from '../../sim/scenario.ts';
import { TWINS_N, twinsScenario } from '../../sim/twins.ts';
import type { State } from '../../src/state.ts';

/*
 * What honest validators do in the simulator, step by step against the model of the voting rules.
 */

function follower(core: Core, { n, actors, twins }: Scenario): Follower {
  return new Follower(core, n, new Set([...actors.keys(), ...twins]), genesis(n));
}

/** Runs all, and says how often each of the model's actions was taken. */
function followAll(t: Test, scenarios: readonly Scenario[]): Map<string, number> {
  const taken = new Map<string, number>();
  for (const made of scenarios) {
    const followed = follower(REAL_CORE, made);
    const { violation } = run(made, followed);
    if (violation !== null) t.fail(`${made.name}: ${violation.message}`);
    for (const [action, count] of followed.taken) taken.set(action, (taken.get(action) ?? 0) + count);
  }
  return taken;
}

const SEEDS: readonly (readonly [n: number, seeds: number])[] = [
  [1, 5],
  [4, 30],
  [5, 10],
  [7, 6],
];
const ACTIONS = ['propose', 'notarize', 'nullify', 'finalize', 'enter', 'flush', 'crash', 'final'];

for (const [n, seeds] of SEEDS) {
  t.test(`n = ${n}: the model allows every step of ${seeds} seeds of all faults`, async (t) => {
    const scenarios = Array.from({ length: seeds }, (_, index) => scenario(index + 1, n));
    const taken = followAll(t, scenarios);
    // Alone, a validator needs no one to give up on.
    for (const action of ACTIONS) if (n > 1) t.ok((taken.get(action) ?? 0) > 0, `${action} was taken`);
    t.ok((taken.get('finalize') ?? 0) > seeds);
  });
}

t.test('the model allows every step of the honest validators beside Twins', async (t) => {
  const scenarios = TWINS_N.flatMap((n) =>
    Array.from({ length: 15 }, (_, index) => twinsScenario(index + 1, n)),
  );
  t.ok((followAll(t, scenarios).get('nullify') ?? 0) > 0);
});

/** The core in a world where the block of this height ends the epoch, and nothing comes after. */
function endingAt(height: number, core: Core): Core {
  const heightOf = ({ executions, blocks }: State, id: number): number | undefined => {
    const execution = executions.get(id);
    return execution?.type === 'block' ? blocks.get(execution.id)?.input.height : execution?.input.height;
  };
  return {
    init: (config, recovery, nowMs) => {
      const tip = { ...recovery.tip, endsEpoch: recovery.tip.height === height };
      return core.init(config, { ...recovery, tip }, nowMs);
    },
    step: (state, event) => {
      if (event.type !== 'executed' || !event.result.ok) return core.step(state, event);
      const endsEpoch = heightOf(state, event.id) === height;
      return core.step(state, { ...event, result: { ...event.result, endsEpoch } });
    },
  };
}

t.test('the model allows every step of the end of an epoch', async (t) => {
  let again = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const made = scenario(seed, 4, ['slow', 'loss', 'partition']);
    const followed = follower(REAL_CORE, made);
    const last = 2 + (seed % 3);
    const { violation, height } = run(made, endingAt(last, followed));
    // The simulator's oracles expect the chain to go on in the next epoch, which this world has not.
    if (violation instanceof Refusal) t.fail(`${made.name}: ${violation.message}`);
    t.ok(height <= last, 'nothing is final beyond the last block');
    again += followed.taken.get('propose again') ?? 0;
  }
  t.ok(again > 0, `proposed again ${again} times`);
});

/** Planted bugs in what is voted, certified and logged: the rules that the model has. */
const REFUSED = [
  'quorum-minus-one',
  'vote-not-persisted',
  'proposal-not-persisted',
  'own-proposal-not-persisted',
  'votes-forgotten-by-restart',
  'nullify-and-finalize',
  'gap-in-nullifications',
  'one-signer-many-shares',
];
/** Seeds tried for each. */
const MOST_SEEDS = 40;

for (const mutant of MUTANTS.filter(({ name }) => REFUSED.includes(name))) {
  t.test(`the model refuses a step of ${mutant.name}`, async (t) => {
    const core = await mutantCore(mutant);
    for (let seed = 1; seed <= MOST_SEEDS; seed++) {
      const made = scenario(seed, 4, mutant.faults, mutant.actor);
      const { violation } = run(made, follower(core, made));
      // The simulator's own oracles look on too, and may be first.
      if (!(violation instanceof Refusal)) continue;
      t.pass(`seed ${seed}: ${violation.message}`);
      return;
    }
    t.fail(`${MOST_SEEDS} seeds were allowed`);
  });
}

t.test('every planted bug named here exists', async (t) => {
  const names = MUTANTS.map(({ name }) => name);
  t.same(
    REFUSED.filter((name) => !names.includes(name)),
    [],
  );
});
