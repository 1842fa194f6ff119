import { toHex } from '@hufu/crypto';
import type { Message, Report } from '../src/interface.ts';
import { asEpoch, asValidatorIndex, type BatchRef } from '../src/types.ts';
import { ACTORS } from './actors/index.ts';
import { Disk } from './disk.ts';
import { EventQueue } from './event-queue.ts';
import { genesis } from './execution.ts';
import { type Core, Host, type HostFaults, REAL_CORE, type World } from './host.ts';
import { Network, type NetworkFaults } from './network.ts';
import { Chain } from './oracles/agreement.ts';
import { checkCertified } from './oracles/certificates.ts';
import { Violation } from './oracles/violation.ts';
import { HonestVotes } from './oracles/votes.ts';
import { Prng } from './prng.ts';
import { CALM_HOST, CALM_NETWORK, hostFaults, networkFaults, type Scenario } from './scenario.ts';
import { Signatures } from './signatures.ts';
import { describe, Trace } from './trace.ts';

export interface Outcome {
  /** What was violated; null when nothing was. */
  readonly violation: Error | null;
  readonly trace: string;
  readonly height: number;
  readonly views: number;
  readonly accepted: number;
  readonly crashes: number;
  readonly sent: number;
  /** Virtual ms that the calm phase needed to finish everything. */
  readonly recoveryMs: number;
  /** Messages sent in the last, idle second. */
  readonly idleSent: number;
}

/** Runs one scenario to its end, or to the first violation. The same scenario always gives the same outcome. */
export function run(
  scenario: Scenario,
  core: Core = REAL_CORE,
  print: ((line: string) => void) | null = null,
): Outcome {
  const simulation = new Simulation(scenario, core, print);
  try {
    simulation.faultyPhase();
    simulation.calmPhase();
    return simulation.outcome(null);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return simulation.outcome(error);
  }
}

const HEARTBEAT_MS = 60_000;

class Simulation {
  readonly #scenario: Scenario;
  readonly #queue = new EventQueue();
  readonly #prng: Prng;
  readonly #network: Network;
  readonly #trace: Trace;
  readonly #chain: Chain;
  readonly #votes: HonestVotes;
  readonly #hosts: readonly Host[];
  readonly #world: World;
  readonly #accepted: BatchRef[] = [];
  #recoveryMs = 0;
  #idleSent = 0;
  #faulty = true;

  constructor(scenario: Scenario, core: Core, print: ((line: string) => void) | null) {
    const { seed, n, faults, actors } = scenario;
    const start = genesis(n);
    this.#scenario = scenario;
    this.#prng = new Prng(seed);
    this.#trace = new Trace(print);
    this.#chain = new Chain(start, n);
    this.#votes = new HonestVotes(n);
    this.#network = new Network(n, this.#queue, this.#prng, this.#networkFaults());
    const context = {
      hash: 'sha256',
      chainId: start.digests,
      epoch: 0,
      validatorSetDigest: start.digests,
    } as const;
    this.#world = {
      config: { n, epoch: asEpoch(0), genesisHeight: 0, hash: 'sha256', parameters: this.#parameters() },
      validators: Array.from({ length: n }, (_, index) => asValidatorIndex(index)),
      queue: this.#queue,
      prng: this.#prng,
      network: this.#network,
      signatures: new Signatures(context),
      watcher: {
        sending: (host, message) => this.#sending(host, message),
        finalized: (host, blocks, finalization) => {
          this.#note(host, `finalized ${finalization.height}`);
          if (actors.has(host.index)) return;
          for (const block of blocks) this.#chain.add(`node ${host.index}`, block);
          checkCertified(`node ${host.index}`, n, this.#world.signatures, blocks, finalization);
        },
        accepted: (host, ref) => {
          if (!actors.has(host.index)) this.#accepted.push(ref);
        },
        reported: (host, { report }) => this.#reported(host, report),
      },
      core,
      hostFaults: this.#hostFaults(),
    };
    this.#hosts = Array.from({ length: n }, (_, index) => {
      const actor = actors.get(index);
      // Two honest clocks further apart than the allowed skew would be a fault of their own.
      const offsetMs = 1_000_000 + (faults.has('skew') ? this.#prng.integer(-240, 240) : 0);
      const tamper = actor === undefined ? null : ACTORS[actor]();
      return new Host(asValidatorIndex(index), this.#world, new Disk(start), tamper, offsetMs);
    });
  }

  #parameters() {
    return {
      minDeltaMs: 20,
      maxDeltaMs: 1_000,
      maxClockSkewMs: 500,
      heartbeatMs: HEARTBEAT_MS,
      maxBlockBatches: this.#prng.integer(1, 8),
      maxBatchBytes: 64,
      maxPendingBatchesPerOrigin: this.#prng.integer(3, 32),
      maxFetchBlocks: this.#prng.integer(1, 8),
    };
  }

  #networkFaults(): NetworkFaults {
    return this.#scenario.weather?.network ?? networkFaults(this.#scenario.faults, this.#prng);
  }

  #hostFaults(): HostFaults {
    return this.#scenario.weather?.host ?? hostFaults(this.#scenario.faults, this.#prng);
  }

  #note(host: Host, what: string): void {
    this.#trace.add(`${this.#queue.nowMs} ${host.index} ${what}`);
  }

  #sending(host: Host, message: Message): void {
    this.#note(host, describe(message));
    this.#votes.check(host.index, host.disk, message);
  }

  /** An honest node accuses no honest node, and never stops. */
  #reported(host: Host, report: Report): void {
    this.#note(
      host,
      `report ${JSON.stringify(report, (_, value) => (value instanceof Uint8Array ? '' : value))}`,
    );
    const honest = (index: number): boolean => !this.#scenario.actors.has(index);
    if (!honest(host.index)) return;
    switch (report.type) {
      case 'halted':
        throw new Violation('halted', `node ${host.index} stopped`);
      case 'equivocation':
        if (honest(report.signer)) throw new Violation('false accusation', `of ${report.signer}`);
        break;
      case 'invalid-message':
      case 'invalid-block':
        if (honest(report.from)) {
          throw new Violation('false accusation', `of ${report.from} for ${report.type} ${report.code}`);
        }
        break;
      default:
        break;
    }
  }

  /** Safety under faults: submissions, crashes, partitions, changing weather. */
  faultyPhase(): void {
    for (const host of this.#hosts) host.start();
    this.#keepSubmitting();
    this.#keepBreaking();
    this.#queue.runUntil(this.#scenario.faultyMs);
  }

  #keepSubmitting(): void {
    if (!this.#faulty) return;
    const host = this.#prng.pick(this.#hosts);
    host.submit(this.#prng.bytes(8));
    this.#queue.after(this.#prng.integer(1, 150), () => this.#keepSubmitting());
  }

  #keepBreaking(): void {
    if (!this.#faulty) return;
    const { faults } = this.#scenario;
    for (const host of this.#hosts) this.#reviveLater(host);
    if (faults.has('crash') && this.#prng.chance(0.3)) this.#prng.pick(this.#hosts).crash();
    if (faults.has('crash-all') && this.#prng.chance(0.05)) for (const host of this.#hosts) host.crash();
    if (faults.has('amnesia') && this.#prng.chance(0.05)) this.#forget();
    if (faults.has('partition') && this.#prng.chance(0.3)) this.#partition();
    if (this.#prng.chance(0.1)) {
      this.#network.faults = this.#networkFaults();
      this.#world.hostFaults = this.#hostFaults();
    }
    this.#queue.after(this.#prng.integer(20, 400), () => this.#keepBreaking());
  }

  #reviveLater(host: Host): void {
    if (host.up || this.#prng.chance(0.5)) return;
    this.#note(host, 'restart');
    host.start();
  }

  /** A node loses its log, if that makes no more than f faulty ones. */
  #forget(): void {
    const { n, actors } = this.#scenario;
    const host = this.#prng.pick(this.#hosts);
    const faulty = actors.size + this.#hosts.filter(({ amnesiac }) => amnesiac).length;
    if (host.amnesiac || actors.has(host.index) || faulty >= Math.floor((n - 1) / 3)) return;
    this.#note(host, 'forgets');
    host.forget();
  }

  #partition(): void {
    const groups = this.#hosts.map(() => this.#prng.integer(0, 1));
    const noticed = this.#prng.chance(0.5);
    this.#network.split(groups, noticed);
    this.#queue.after(this.#prng.integer(50, 3_000), () =>
      this.#network.split(
        groups.map(() => 0),
        noticed,
      ),
    );
  }

  /** Liveness after faults stop: everything accepted becomes final on every honest node, then all is quiet. */
  calmPhase(): void {
    const { n, actors, calmMs } = this.#scenario;
    this.#faulty = false;
    this.#network.faults = this.#scenario.weather?.network ?? CALM_NETWORK;
    this.#world.hostFaults = this.#scenario.weather?.host ?? CALM_HOST;
    this.#network.split(new Array<number>(n).fill(0), true);
    for (const host of this.#hosts) if (!host.up) host.start();
    const honest = this.#hosts.filter(({ index }) => !actors.has(index));
    // A chain that only drains what it has may hide that it cannot go on: one more from everybody.
    for (const host of honest) host.submit(this.#prng.bytes(8));
    const startMs = this.#queue.nowMs;
    this.#queue.runUntil(startMs + 500);
    this.#queue.runUntil(startMs + calmMs, () => this.#isFinished(honest));
    if (!this.#isFinished(honest)) throw new Violation('liveness', this.#standstill(honest));
    this.#recoveryMs = this.#queue.nowMs - startMs;
    this.#queue.runUntil(this.#queue.nowMs + 10_000);
    const sentBefore = this.#network.sent;
    this.#queue.runUntil(this.#queue.nowMs + 1_000);
    this.#idleSent = this.#network.sent - sentBefore;
  }

  #isFinished(honest: readonly Host[]): boolean {
    return (
      honest.every(({ disk }) => disk.tip.height === this.#chain.height) &&
      this.#accepted.every(({ digest }) => this.#chain.holds(digest))
    );
  }

  #standstill(honest: readonly Host[]): string {
    const missing = this.#accepted.filter(({ digest }) => !this.#chain.holds(digest));
    const nodes = honest.map(
      ({ index, disk, state }) => `${index}: height ${disk.tip.height} view ${state?.view}`,
    );
    const [first] = missing;
    const lost = first === undefined ? '' : `${first.origin}/${first.seq} ${toHex(first.digest).slice(0, 8)}`;
    return `chain ${this.#chain.height}, ${nodes.join(', ')}, ${missing.length} batches missing ${lost}`;
  }

  outcome(violation: Error | null): Outcome {
    return {
      violation,
      trace: this.#trace.hash,
      height: this.#chain.height,
      views: Math.max(0, ...this.#hosts.map(({ state }) => state?.view ?? 0)),
      accepted: this.#accepted.length,
      crashes: this.#hosts.reduce((sum, { crashes }) => sum + crashes, 0),
      sent: this.#network.sent,
      recoveryMs: this.#recoveryMs,
      idleSent: this.#idleSent,
    };
  }
}
