import { u64be } from '@hufu/crypto';
import type { Message, Parameters, Report, UnsignedMessage } from '../src/interface.ts';
import { asEpoch, asValidatorIndex, type BatchRef, type ValidatorIndex } from '../src/types.ts';
import { ACTORS } from './actors/index.ts';
import { Disk } from './disk.ts';
import { EventQueue } from './event-queue.ts';
import { genesis } from './execution.ts';
import { type Core, Host, type Watcher, type World } from './host.ts';
import { Mishaps } from './mishaps.ts';
import { Network } from './network.ts';
import { Chain } from './oracles/agreement.ts';
import { checkHeld, checkStored } from './oracles/batches.ts';
import { checkBounds } from './oracles/bounds.ts';
import { checkCertified } from './oracles/certificates.ts';
import { checkResumed } from './oracles/resumed.ts';
import { SignedVotes } from './oracles/signed.ts';
import { Violation } from './oracles/violation.ts';
import { HonestVotes } from './oracles/votes.ts';
import { Prng } from './prng.ts';
import type { Action, Scenario } from './scenario.ts';
import { Signatures } from './signatures.ts';
import { Trace } from './trace.ts';

const HEARTBEAT_MS = 60_000;
const MAX_CLOCK_SKEW_MS = 500;
/** Every clock starts here, so that none shows a time before 1970. */
const START_MS = 10_000_000;

/** The world of one scenario and the oracles that watch it. */
export class Simulation {
  readonly scenario: Scenario;
  readonly queue = new EventQueue();
  readonly network: Network;
  readonly mishaps: Mishaps;
  readonly trace: Trace;
  readonly chain: Chain;
  readonly hosts: readonly Host[];
  readonly world: World;
  readonly #votes: HonestVotes;
  readonly #signed: SignedVotes;
  readonly #haltedInTurn = new Map<Host, number>();
  readonly #accepted = new Set<BatchRef>();
  accepted = 0;

  constructor(scenario: Scenario, core: Core, print: ((line: string) => void) | null) {
    const { seed, n, actors, twins, weather } = scenario;
    const start = genesis(n);
    this.scenario = scenario;
    this.trace = new Trace(print);
    this.chain = new Chain(start, n, scenario.lastHeight);
    this.#signed = new SignedVotes(n, start.digests, scenario.lastHeight);
    this.#votes = new HonestVotes(n, MAX_CLOCK_SKEW_MS, this.#signed);
    this.mishaps = new Mishaps(seed, scenario.mishaps);
    const validators = Array.from({ length: n }, (_, index) => asValidatorIndex(index));
    const hosts: Host[] = [];
    this.hosts = hosts;
    const places = [...validators, ...twins.map(asValidatorIndex)];
    this.network = new Network(places, this.queue, seed, this.mishaps, weather.network, scenario.rounds);
    this.world = {
      config: { n, epoch: asEpoch(0), genesisHeight: 0, hash: 'sha256', parameters: parametersOf(scenario) },
      validators,
      seed,
      lastHeight: scenario.lastHeight,
      queue: this.queue,
      prng: new Prng(seed),
      hosts,
      mishaps: this.mishaps,
      network: this.network,
      signatures: new Signatures(
        {
          hash: 'sha256',
          chainId: start.digests,
          epoch: 0,
          validatorSetDigest: start.digests,
        },
        (signer, message) => this.#signed.sign(signer, message),
      ),
      watcher: this.#watcher(),
      core,
      weather,
    };
    for (const [node, index] of places.entries()) {
      const actor = actors.get(index);
      const clockOffsetMs = START_MS + (scenario.clocksMs[node] ?? 0);
      const tamper = actor === undefined ? null : ACTORS[actor]();
      const place = {
        node,
        index,
        tamper,
        clockOffsetMs,
        ignoresHalt: twins.includes(index) && !scenario.twinsHalt,
      };
      hosts.push(new Host(this.world, new Disk(start), place));
    }
  }

  isHonest(index: ValidatorIndex): boolean {
    return !this.scenario.actors.has(index) && !this.scenario.twins.includes(index);
  }

  perform(action: Action): void {
    switch (action.type) {
      case 'weather':
        this.network.faults = action.weather.network;
        this.world.weather = action.weather;
        return;
      case 'split':
        this.network.split(action.groups, action.noticed);
        return;
      case 'submit':
        for (const host of this.#hostsOf(action.node)) host.submit(u64be(this.queue.nowMs));
        return;
      case 'crash':
        for (const host of this.#hostsOf(action.node)) host.crash();
        return;
      case 'forget':
        for (const host of this.#hostsOf(action.node)) host.forget();
        return;
      case 'start':
        for (const host of this.#hostsOf(action.node)) this.start(host);
        return;
    }
  }

  start(host: Host): void {
    if (host.up) return;
    this.trace.note(this.queue.nowMs, host.node, 'start', host.crashes);
    host.start();
  }

  #hostsOf(node: number): readonly Host[] {
    return this.hosts.filter((host) => host.node === node);
  }

  /** Nothing is final after the epoch's last block; what is not in it waits for the next epoch. */
  get epochIsOver(): boolean {
    return this.chain.height === this.scenario.lastHeight;
  }

  /** Whether every honest node has all that any has finalized, and nothing accepted is missing in it. */
  isFinished(honest: readonly Host[]): boolean {
    const isDone = this.epochIsOver || this.missing().size === 0;
    return isDone && honest.every(({ disk }) => disk.tip.height === this.chain.height);
  }

  /** Batches that an honest node accepted and that are not final. */
  missing(): ReadonlySet<BatchRef> {
    for (const ref of this.#accepted) {
      if (!this.chain.holds(ref)) break;
      this.#accepted.delete(ref);
    }
    return this.#accepted;
  }

  standstill(honest: readonly Host[]): string {
    const missing = [...this.#accepted].filter((ref) => !this.chain.holds(ref));
    const nodes = honest.map(
      ({ index, disk, state }) => `${index}: height ${disk.tip.height} view ${state?.view}`,
    );
    const lost = missing.map(({ origin, seq }) => `${origin}/${seq}`).slice(0, 3);
    return `chain ${this.chain.height}, ${nodes.join(', ')}, ${missing.length} batches missing ${lost.join()}`;
  }

  #watcher(): Watcher {
    return {
      sending: (host, message) => this.#sending(host, message),
      finalized: (host, blocks, finalization) => {
        this.trace.note(this.queue.nowMs, host.node, 'finalized', finalization.height);
        if (!this.isHonest(host.index)) return;
        const who = `node ${host.index}`;
        for (const block of blocks) this.chain.add(who, block);
        const { n, lastHeight } = this.scenario;
        checkCertified(who, n, lastHeight, this.world.signatures, blocks, finalization);
        checkHeld(who, host.disk, this.chain, blocks);
      },
      turned: (host, state) => {
        if (this.isHonest(host.index)) checkBounds(`node ${host.index}`, state);
      },
      started: (host, view, effects) => {
        const votes = this.isHonest(host.index) && !host.amnesiac;
        if (votes) checkResumed(host.index, host.disk, view, effects);
      },
      signing: (host, message) => this.#signing(host, message),
      stored: (host, batch) => {
        if (this.isHonest(host.index)) checkStored(`node ${host.index}`, this.world.signatures, batch);
      },
      accepted: (host, ref) => {
        if (!this.isHonest(host.index)) return;
        this.accepted++;
        this.#accepted.add(ref);
      },
      reported: (host, { report }) => this.#reported(host, report),
    };
  }

  #signing(host: Host, message: UnsignedMessage): void {
    if ((this.#haltedInTurn.get(host) ?? Number.POSITIVE_INFINITY) < host.turns) {
      throw new Violation('halted', `node ${host.node} signs although it halted`);
    }
    if (host.amnesiac && this.isHonest(host.index)) {
      throw new Violation('observer', `node ${host.node} signs although its log is gone`);
    }
    if (this.isHonest(host.index)) this.#signed.checkHonest(host.index, message);
  }

  #sending(host: Host, message: Message): void {
    this.trace.sent(this.queue.nowMs, host.node, message);
    if (this.isHonest(host.index)) this.#votes.check(host.index, host.disk, message, host.nowMs);
  }

  /** An honest node accuses no honest node, and never stops. */
  #reported(host: Host, report: Report): void {
    const about = 'view' in report ? report.view : 0;
    this.trace.note(this.queue.nowMs, host.node, `report-${report.type}`, about);
    if (report.type === 'halted' && !host.ignoresHalt && host.tamper === null) {
      this.#haltedInTurn.set(host, host.turns);
    }
    if (!this.isHonest(host.index)) return;
    switch (report.type) {
      case 'halted':
        throw new Violation('halted', `node ${host.index} stopped`);
      case 'equivocation':
        if (this.isHonest(report.signer)) throw new Violation('false accusation', `of ${report.signer}`);
        break;
      case 'invalid-message':
      case 'invalid-block':
        if (this.isHonest(report.from)) {
          throw new Violation('false accusation', `of ${report.from} for ${report.type} ${report.code}`);
        }
        break;
      default:
        break;
    }
  }
}

function parametersOf({ limits }: Scenario): Parameters {
  return {
    minDeltaMs: 20,
    maxDeltaMs: 1_000,
    maxClockSkewMs: MAX_CLOCK_SKEW_MS,
    heartbeatMs: HEARTBEAT_MS,
    maxBatchBytes: 64,
    ...limits,
  };
}
