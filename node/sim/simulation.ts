import { asEpoch, type Recovery, type Report, type ValidatorIndex } from '@hufu/consensus';
import { type Signer, toHex } from '@hufu/crypto';
import {
  DEFAULT_PARAMETERS,
  encodeGenesis,
  GENESIS_FORMAT,
  type Member,
  type ParsedGenesis,
  parseGenesis,
} from '@hufu/proof';
import type { ExecutedBlock, LedgerState } from '../src/ledger/types.ts';
import type { Place } from '../src/replica/session.ts';
import type { Store, StoreCondition } from '../src/store/index.ts';
import { type Envelope, encodeLogRecord, type LoggedRecord } from '../src/wire/index.ts';
import { ACTORS } from './actors/index.ts';
import { LOG_DIRECTORY } from './disk.ts';
import { SimGateway } from './gateway.ts';
import { Governor } from './governor.ts';
import { peerIdOf, SUITE, signerOf, validatorOf } from './keys.ts';
import { SimNetwork } from './network.ts';
import { type Life, SimNode, START_MS, type Watcher } from './node.ts';
import { OneChain } from './oracles/chain.ts';
import { DisseminatedOnce } from './oracles/disseminated.ts';
import { checkRecovered } from './oracles/recovered.ts';
import { SignedByValidators } from './oracles/signatures.ts';
import { Violation } from './oracles/violation.ts';
import { Random } from './random.ts';
import type { Action, Scenario } from './scenario.ts';
import { Trace } from './trace.ts';
import { VirtualTime } from './virtual-time.ts';

/** Keys that a node has from the start; a rotation goes to the next of them. */
const KEY_SETS = 3;
const MAX_SELF_DOWN_MS = 3_000;
const PARAMETERS = {
  ...DEFAULT_PARAMETERS,
  minDeltaMs: 20,
  maxDeltaMs: 1_000,
  heartbeatMs: 10_000,
  maxBatchBytes: 8_192,
  maxPendingBatchesPerOrigin: 16,
  maxFetchBlocks: 8,
};

/** The world of one scenario and the oracles that watch it. */
export class Simulation implements Watcher {
  readonly scenario: Scenario;
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly gateways: readonly SimGateway[];
  readonly governor: Governor;
  readonly chain: OneChain;
  readonly genesisBytes: Uint8Array;
  readonly signed = new SignedByValidators();
  readonly disseminated = new DisseminatedOnce();
  violation: Error | undefined;
  /** Messages of epochs that are over. */
  outdated = 0;
  /** How often an honest node accused the dishonest one. */
  accusations = 0;
  /** How often a node began from a snapshot. */
  snapshots = 0;
  readonly #random: Random;
  readonly #genesis: ParsedGenesis;
  /** By node: it was told that it holds this height durably. */
  readonly #heights = new Map<SimNode, number>();
  /** Nodes that began from a snapshot and lack some of the past. */
  readonly #filling = new Set<SimNode>();

  constructor(scenario: Scenario, print: ((line: string) => void) | null) {
    const { seed, validators, spares } = scenario;
    this.scenario = scenario;
    this.trace = new Trace(print);
    this.#random = new Random(seed).fork(99);
    this.network = new SimNetwork(this.time, this.#random.fork(1), scenario.network);
    const people = Array.from({ length: validators + spares }, (_, i) => personOf(i));
    const gatewayKeys = Array.from({ length: scenario.gateways }, (_, i) => signerOf(`gateway ${i}`));
    this.genesisBytes = genesisOf(people.slice(0, validators), gatewayKeys);
    const genesis = parseGenesis(this.genesisBytes);
    if (!genesis.ok) throw new Error(genesis.error.remark);
    this.#genesis = genesis.value;
    const everyone = people.map(({ peerId }) => peerId);
    this.nodes = people.map(({ member, peerId, keySets }, i) => {
      const parts = {
        name: member.name,
        peerId,
        keySets,
        everyone,
        time: this.time,
        network: this.network,
        random: this.#random.fork(10 + i),
        genesisBytes: this.genesisBytes,
        watcher: this,
        actor: i === scenario.doomed && scenario.actor !== null ? ACTORS[scenario.actor]() : null,
      };
      const node = new SimNode(parts, nth(scenario.machines, i));
      node.clockOffsetMs = nth(scenario.clocksMs, i);
      return node;
    });
    const { nodes, time } = this;
    const onRefused = (node: SimNode, code: string): void =>
      this.#violatedBy(node, new Violation('refused', `${node.name}: ${code}`));
    this.governor = new Governor({
      nodes,
      members: people.map(({ member }) => member),
      doomed: nth(nodes, scenario.doomed),
      time,
      random: this.#random.fork(2),
      onRefused,
    });
    const chainId = nth(this.#genesis.chainId, 0);
    this.gateways = gatewayKeys.map((signer, index) => {
      const random = this.#random.fork(100 + index);
      const note = (what: string): void => this.#note(`gateway-${index}`, what);
      return new SimGateway({ index, signer, chainId, nodes, time, random, note, onRefused });
    });
    this.chain = new OneChain(this.#genesis, (epoch) => this.governor.documents.get(epoch) ?? []);
  }

  /** Whose promises are judged. */
  get honest(): readonly SimNode[] {
    return this.nodes.filter(({ isHonest }) => isHonest);
  }

  perform(action: Action): void {
    switch (action.type) {
      case 'cut':
        nth(this.gateways, action.gateway).cut(action.count);
        return;
      case 'crash':
        for (const index of action.nodes) this.#down(nth(this.nodes, index), action.downMs);
        return;
      case 'split': {
        const groups = this.nodes.map((node, i) => [node.peerId, action.groups[i] ?? 0] as const);
        this.#note('network', `split ${action.groups.join('')}${action.silent ? ' silently' : ''}`);
        this.network.split(new Map(groups), action.silent);
        this.time.after(action.ms, () => this.network.heal());
        return;
      }
      case 'break':
        this.network.cut(nth(this.nodes, action.a).peerId, nth(this.nodes, action.b).peerId);
        return;
      case 'clock':
        nth(this.nodes, action.node).clockOffsetMs = action.offsetMs;
        return;
      case 'clock-step': {
        const node = nth(this.nodes, this.scenario.misled);
        this.#note(node.name, `has its clock set by ${action.offsetMs}`);
        node.clockOffsetMs = action.offsetMs;
        this.time.after(action.ms, () => {
          // Not what it was: another step may have been under way.
          node.clockOffsetMs = nth(this.scenario.clocksMs, this.scenario.misled);
        });
        return;
      }
      case 'lose-data': {
        const node = nth(this.nodes, this.scenario.doomed);
        this.#heights.delete(node);
        this.#note(node.name, 'loses its data');
        node.loseData();
        this.time.after(action.downMs, () => node.start());
        return;
      }
      case 'govern':
        this.#note('governor', action.change);
        this.governor.propose(action.change);
        return;
    }
  }

  opened(node: SimNode, condition: StoreCondition, { tip }: LedgerState): void {
    this.#note(node.name, `opens ${condition.kind} at ${tip.height}`);
    this.disseminated.started(node.name);
    const height = this.#heights.get(node);
    this.#heights.set(node, height ?? 0);
    if (condition.kind === 'damaged') {
      this.#violatedBy(node, new Violation('recovery', `${node.name}: ${condition.findings.join('; ')}`));
    }
    if (height === undefined) return;
    if (condition.kind === 'fresh' || tip.height < height) {
      this.#violatedBy(
        node,
        new Violation('recovery', `${node.name}: ${condition.kind}, ${tip.height} of ${height}`),
      );
    }
  }

  signer(life: Life, signer: Signer): Signer {
    const { node } = life;
    if (!node.isHonest) return signer;
    const watched = {
      name: node.name,
      isAlive: () => life.isAlive,
      holdsDurably: (record: LoggedRecord) => node.disk.holdsDurably(LOG_DIRECTORY, encodeLogRecord(record)),
      onViolation: (violation: Violation) => this.#violated(violation),
    };
    return this.signed.watch(watched, signer);
  }

  recovered(node: SimNode, epoch: number, recovery: Recovery): void {
    this.disseminated.recovered(node.name, recovery.batches);
    this.#check(node, () =>
      checkRecovered(node.name, recovery, (record) =>
        node.disk.holdsDurably(LOG_DIRECTORY, encodeLogRecord({ epoch: asEpoch(epoch), record })),
      ),
    );
  }

  epoch(node: SimNode, place: Place): void {
    this.#note(node.name, `epoch ${node.life?.state?.epoch} as ${place.kind}`);
  }

  sent(node: SimNode, { epoch, message }: Envelope): void {
    if (node.isHonest && epoch < this.chain.epoch) this.outdated++;
    const place = node.life?.place;
    if (message.kind === 'batch' && place?.kind === 'validator' && place.index === message.origin) {
      this.#check(node, () => this.disseminated.sent(node.name, epoch, message));
    }
    const about = 'view' in message ? ` ${message.view}` : '';
    this.#note(node.name, `${epoch} ${message.kind}${about}`);
  }

  applied(node: SimNode, blocks: readonly ExecutedBlock[], store: Store): void {
    const height = blocks.at(-1)?.block.height ?? 0;
    this.#note(node.name, `applies ${height}`);
    this.#heights.set(node, height);
    this.#check(node, () => this.chain.applied(node.name, blocks, store));
    this.disseminated.applied(node.name, blocks);
  }

  history(node: SimNode, { chain }: Store): void {
    const { history } = chain;
    if (history === null) {
      this.#filling.delete(node);
      this.#note(node.name, 'has its past');
      return;
    }
    if (!this.#filling.has(node)) this.snapshots++;
    this.#filling.add(node);
    this.#note(node.name, `has its past up to ${history.state.tip.height} of ${history.toHeight}`);
  }

  /** No honest node halts, or is accused by another. */
  reported(node: SimNode, report: Report): void {
    const what = 'code' in report ? `${report.type} ${report.code}` : report.type;
    this.#note(node.name, `reports ${what}`);
    const accused = accusedBy(report);
    if (accused !== undefined) {
      const peerId = node.life?.validators[accused];
      const known = this.nodes.find((each) => each.peerId === peerId);
      if (known?.isHonest === false) this.accusations += node.isHonest ? 1 : 0;
      else
        this.#violatedBy(node, new Violation('accusation', `${node.name} reports ${what} of ${known?.name}`));
    }
    if (report.type === 'halted') this.#violatedBy(node, new Violation('accusation', `${node.name} halted`));
  }

  failed(node: SimNode, error: unknown): void {
    this.#note(node.name, `failed: ${String(error)}`);
    this.#violatedBy(node, error);
  }

  crashed(node: SimNode): void {
    this.#note(node.name, 'crashes');
    this.time.after(this.#random.integer(1, MAX_SELF_DOWN_MS), () => node.start());
  }

  #down(node: SimNode, downMs: number): void {
    this.#note(node.name, 'is crashed');
    node.crash();
    this.time.after(downMs, () => node.start());
  }

  #note(who: string, what: string): void {
    this.trace.note(this.time.nowMs, who, what);
  }

  #check(node: SimNode, oracle: () => void): void {
    if (!node.isHonest) return;
    try {
      oracle();
    } catch (error) {
      this.#violated(error);
    }
  }

  /** A dishonest node may do what it likes, and fall over its own lies. */
  #violatedBy(node: SimNode, error: unknown): void {
    if (node.isHonest) this.#violated(error);
  }

  #violated(error: unknown): void {
    this.violation ??= error instanceof Error ? error : new Error(String(error));
  }
}

/** The validator whom the report says to have broken the protocol. */
function accusedBy(report: Report): ValidatorIndex | undefined {
  switch (report.type) {
    case 'equivocation':
      return report.signer;
    case 'invalid-message':
    case 'invalid-block':
      return report.from;
    default:
      return undefined;
  }
}

interface Person {
  readonly member: Member;
  readonly peerId: string;
  readonly keySets: readonly (readonly Signer[])[];
}

function personOf(index: number): Person {
  const name = `member-${index}`;
  return {
    member: { name, organisation: `组织 ${index}`, roles: ['notary'] },
    peerId: peerIdOf(name),
    keySets: Array.from({ length: KEY_SETS }, (_, set) => [signerOf(`${name} ${set}`)]),
  };
}

function genesisOf(people: readonly Person[], gateways: readonly Signer[]): Uint8Array {
  return encodeGenesis({
    format: GENESIS_FORMAT,
    name: 'simulated',
    createdAt: new Date(START_MS - 1_000).toISOString(),
    suites: [SUITE],
    members: people.map(({ member }) => member),
    validators: people.map(({ member, peerId, keySets }) =>
      validatorOf(member.name, peerId, nth(nth(keySets, 0), 0)),
    ),
    gateways: gateways.map(({ publicKey }, index) => ({
      index,
      name: `gateway-${index}`,
      member: 'member-0',
      suite: SUITE,
      publicKey: toHex(publicKey),
    })),
    parameters: PARAMETERS,
  });
}

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`${index} of ${list.length}`);
  return item;
}
