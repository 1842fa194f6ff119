import { actorNamed } from './actors/index.ts';
import type { Weather } from './host.ts';
import { type Mishap, TORN } from './mishaps.ts';
import type { Action, Scenario, Timed } from './scenario.ts';

/** The scenario as text, one thing a line; what it is for stands in comments at the head. */
export function formatScenario(scenario: Scenario): string {
  const { seed, n, actors, twins, rounds, clocksMs, limits, events, mishaps } = scenario;
  const lines = [
    `# ${scenario.name}`,
    `seed ${seed}`,
    `n ${n}`,
    ...(scenario.lastHeight === null ? [] : [`last-height ${scenario.lastHeight}`]),
    `limits ${limits.maxBlockBatches} ${limits.maxPendingBatchesPerOrigin} ${limits.maxFetchBlocks}`,
    `faulty ${scenario.faultyMs} ${formatWeather(scenario.weather)}`,
    `calm ${scenario.calmMs} ${formatWeather(scenario.calmWeather)}`,
    ...[...actors].map(([node, name]) => `actor ${node} ${name}`),
    ...(twins.length === 0 ? [] : [`twins ${scenario.twinsHalt ? 'halt' : 'go-on'} ${twins.join(' ')}`]),
    ...rounds.map((groups, index) => ['view', index + 1, ...groups].join(' ')),
    ...clocksMs.flatMap((ms, node) => (ms === 0 ? [] : [`clock ${node} ${ms}`])),
    ...events.map(({ atMs, action }) => `at ${atMs} ${formatAction(action)}`),
    ...(mishaps?.map(formatMishap) ?? ['mishaps drawn']),
  ];
  return `${lines.join('\n')}\n`;
}

function formatWeather({ network, host, slowNode }: Weather): string {
  return [
    ...[network.minDelayMs, network.maxDelayMs, network.lossRate, network.duplicateRate],
    network.reorder ? 'reorder' : 'in-order',
    ...[host.maxSyncMs, host.maxVerifyMs, host.maxExecuteMs, host.maxApplyMs, host.crashRate],
    slowNode ?? '-',
  ].join(' ');
}

function formatAction(action: Action): string {
  switch (action.type) {
    case 'weather':
      return `weather ${formatWeather(action.weather)}`;
    case 'split':
      return `split ${action.noticed ? 'noticed' : 'silent'} ${action.groups.join(' ')}`;
    default:
      return `${action.type} ${action.node}`;
  }
}

function formatMishap(mishap: Mishap): string {
  return mishap.type === 'crash-at-effect'
    ? `crash-at-effect ${mishap.node} ${mishap.count} ${mishap.downMs} ${mishap.torn}`
    : `${mishap.type} ${mishap.from} ${mishap.to} ${mishap.count}`;
}

/** Reads what `formatScenario` wrote. Throws for anything else, with the line. */
export function parseScenario(text: string): Scenario {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const words = lines.map((line) => new Words(line));
  const all = (first: string): readonly Words[] => words.filter((line) => line.first === first);
  const one = (first: string): Words => {
    const [line, ...more] = all(first);
    if (line === undefined || more.length > 0) throw new SyntaxError(`there must be one line of ${first}`);
    return line;
  };
  const n = one('n').number(1);
  const [faulty, calm, limits] = [one('faulty'), one('calm'), one('limits')];
  const [twins] = all('twins');
  const drawn = all('mishaps').length > 0;
  const mishaps = words.filter(({ first }) => ['lose', 'repeat', 'crash-at-effect'].includes(first));
  const known =
    /^(seed|n|last-height|limits|faulty|calm|actor|twins|view|clock|at|mishaps|lose|repeat|crash-at-effect)$/;
  for (const { first, line } of words) if (!known.test(first)) throw new SyntaxError(`unknown: ${line}`);
  const nodes = n + (twins?.numbers(2).length ?? 0);
  const clocks = new Map(all('clock').map((line) => [line.number(1), line.number(2)]));
  return {
    name: /^# (.*)$/m.exec(text)?.[1] ?? 'unnamed',
    seed: one('seed').number(1),
    n,
    actors: new Map(all('actor').map((line) => [line.number(1), actorNamed(line.word(2))])),
    twins: twins?.numbers(2) ?? [],
    twinsHalt: twins?.word(1) === 'halt',
    rounds: all('view').map((line) => line.numbers(2)),
    lastHeight: all('last-height')[0]?.number(1) ?? null,
    clocksMs: Array.from({ length: nodes }, (_, node) => clocks.get(node) ?? 0),
    limits: {
      maxBlockBatches: limits.number(1),
      maxPendingBatchesPerOrigin: limits.number(2),
      maxFetchBlocks: limits.number(3),
    },
    faultyMs: faulty.number(1),
    weather: parseWeather(faulty, 2),
    calmMs: calm.number(1),
    calmWeather: parseWeather(calm, 2),
    events: all('at').map(parseEvent),
    mishaps: drawn ? null : mishaps.map(parseMishap),
  };
}

function parseWeather(line: Words, at: number): Weather {
  const number = (index: number): number => line.number(at + index);
  const slow = line.word(at + 10);
  return {
    network: {
      minDelayMs: number(0),
      maxDelayMs: number(1),
      lossRate: number(2),
      duplicateRate: number(3),
      reorder: line.word(at + 4) === 'reorder',
    },
    host: {
      maxSyncMs: number(5),
      maxVerifyMs: number(6),
      maxExecuteMs: number(7),
      maxApplyMs: number(8),
      crashRate: number(9),
    },
    slowNode: slow === '-' ? null : number(10),
  };
}

function parseEvent(line: Words): Timed {
  return { atMs: line.number(1), action: parseAction(line) };
}

function parseAction(line: Words): Action {
  const type = line.word(2);
  switch (type) {
    case 'weather':
      return { type, weather: parseWeather(line, 3) };
    case 'split':
      return { type, groups: line.numbers(4), noticed: line.word(3) === 'noticed' };
    case 'submit':
    case 'crash':
    case 'start':
    case 'forget':
      return { type, node: line.number(3) };
    default:
      throw new SyntaxError(`no such action: ${line.line}`);
  }
}

function parseMishap(line: Words): Mishap {
  const type = line.first;
  if (type === 'lose' || type === 'repeat') {
    return { type, from: line.number(1), to: line.number(2), count: line.number(3) };
  }
  const torn = TORN.find((known) => known === line.word(4));
  if (torn === undefined) throw new SyntaxError(`no such tear: ${line.line}`);
  return {
    type: 'crash-at-effect',
    node: line.number(1),
    count: line.number(2),
    downMs: line.number(3),
    torn,
  };
}

/** One line, word by word. */
class Words {
  readonly line: string;
  readonly #words: readonly string[];

  constructor(line: string) {
    this.line = line;
    this.#words = line.split(' ');
  }

  get first(): string {
    return this.word(0);
  }

  word(index: number): string {
    const word = this.#words[index];
    if (word === undefined) throw new SyntaxError(`too short: ${this.line}`);
    return word;
  }

  number(index: number): number {
    const word = this.word(index);
    if (!/^-?\d+(\.\d+)?$/.test(word)) throw new SyntaxError(`${word} is no number: ${this.line}`);
    return Number(word);
  }

  /** Everything from there on. */
  numbers(from: number): readonly number[] {
    return this.#words.slice(from).map((_, index) => this.number(from + index));
  }
}
