import {
  type AnswerOf,
  MAX_SEARCH_RESULTS,
  type NodeRoutes,
  type RequestOf,
  type Validator,
} from '@hufu/api';
import { quorum } from '@hufu/consensus';
import { fromHex, toBase64, toHex } from '@hufu/crypto';
import type { ChainStore, StoredEntry } from '../store/types.ts';
import { ApiProblem } from './problems.ts';
import type { NodeService } from './service.ts';
import { blockDetail, blockSummary, certificatesView, digestsView, entryView, pathsView } from './views.ts';

/** A handler for each route of the table but the event stream, which is not one answer. */
export type NodeHandlers = {
  readonly [Name in Exclude<keyof NodeRoutes, 'events'>]: (
    request: RequestOf<NodeRoutes[Name]>,
  ) => Promise<AnswerOf<NodeRoutes[Name]>>;
};

const DEFAULT_PAGE = 50;

/** The read API and the submission route over a running node. */
export function nodeHandlers(node: NodeService): NodeHandlers {
  const { chain } = node;
  return {
    ...blockHandlers(chain),
    ...entryHandlers(chain),
    ...proofHandlers(chain),
    status: async () => status(node),
    genesis: async () => chain.genesisBytes,
    validators: async () => validators(chain),
    gateways: async () => gateways(chain),
    submit: async ({ body }) => {
      const outcome = await node.submit(body);
      if (outcome.ok) {
        const { gateway, firstSerial, count } = outcome;
        return { gateway, firstSerial, count, status: 'accepted' };
      }
      const { code, detail, nextSerial } = outcome;
      throw new ApiProblem(code, {
        ...(detail === undefined ? {} : { detail }),
        ...(nextSerial === undefined ? {} : { nextSerial }),
      });
    },
  };
}

function blockHandlers(chain: ChainStore): Pick<NodeHandlers, 'blocks' | 'block' | 'blockEntries'> {
  const { suites } = chain.state;
  return {
    blocks: async ({ query }) => {
      const records = await chain.blocks(query.before, query.limit ?? DEFAULT_PAGE);
      return { blocks: records.map((record) => blockSummary(suites, record)) };
    },
    block: async ({ params }) => {
      const record = await chain.block(params.height);
      if (record === undefined) throw new ApiProblem('block-not-found');
      return blockDetail(chain.state, record, await chain.certifiedAt(params.height));
    },
    blockEntries: async ({ params, query }) => {
      const record = await chain.block(params.height);
      if (record === undefined) throw new ApiProblem('block-not-found');
      const offset = Math.min(query.offset ?? 0, record.entryCount);
      const count = Math.min(query.limit ?? DEFAULT_PAGE, record.entryCount - offset);
      const entries = count === 0 ? [] : await chain.entries(record.firstIndex + offset, count);
      return { total: record.entryCount, entries: entries.map(entryView) };
    },
  };
}

function entryHandlers(chain: ChainStore): Pick<NodeHandlers, 'entry' | 'gatewayEntry' | 'search'> {
  return {
    entry: async ({ params }) => found(await chain.entry(params.index)),
    gatewayEntry: async ({ params }) => {
      if (!chain.state.gateways.some(({ index }) => index === params.gateway)) {
        throw new ApiProblem('unknown-gateway');
      }
      return found(await chain.entryBySerial(params.gateway, params.serial));
    },
    search: async ({ query }) => {
      const digest = fromHex(query.digest);
      if (digest === undefined) throw new Error('the schema admits hex only');
      const entries = await chain.search(digest, MAX_SEARCH_RESULTS + 1);
      return {
        entries: entries.slice(0, MAX_SEARCH_RESULTS).map(entryView),
        more: entries.length > MAX_SEARCH_RESULTS,
      };
    },
  };
}

type ProofRoute = 'inclusionProof' | 'consistencyProof' | 'rangeProof' | 'bundle' | 'checkpoint';

function proofHandlers(chain: ChainStore): Pick<NodeHandlers, ProofRoute> {
  const { suites } = chain.state;
  return {
    inclusionProof: async ({ params, query }) => {
      const { index } = params;
      const size = query.size ?? chain.state.logSize;
      const paths = inRange(await chain.inclusionPath(index, size));
      return { index, size, paths: pathsView(suites, paths) };
    },
    consistencyProof: async ({ query }) => {
      const { first, second = chain.state.logSize } = query;
      const paths = inRange(await chain.consistencyPath(first, second));
      return { first, second, paths: pathsView(suites, paths) };
    },
    rangeProof: async ({ query }) => {
      const { first, count, size = chain.state.logSize } = query;
      const paths = inRange(await chain.rangeProof(first, count, size));
      return { first, count, size, paths: pathsView(suites, paths) };
    },
    bundle: async ({ params }) => {
      const bundle = await chain.bundle(params.index);
      if (bundle === undefined) throw new ApiProblem('entry-not-found');
      return bundle;
    },
    checkpoint: async () => checkpoint(chain),
  };
}

function found(entry: StoredEntry | undefined): AnswerOf<NodeRoutes['entry']> {
  if (entry === undefined) throw new ApiProblem('entry-not-found');
  return entryView(entry);
}

function inRange<T>(paths: T | undefined): T {
  if (paths === undefined) throw new ApiProblem('range-out-of-log');
  return paths;
}

function status(node: NodeService): AnswerOf<NodeRoutes['status']> {
  const { state } = node.chain;
  const { genesis, suites, tip } = state;
  const own = validatorView(state.genesis, node.index);
  const { participation } = node;
  return {
    chain: genesis.name,
    chainId: digestsView(suites, state.chainId),
    suites: [...suites],
    version: node.version,
    node: { name: node.name, index: node.index, organisation: own.organisation, roles: own.roles },
    observer: participation.kind !== 'validator',
    ...(participation.kind === 'validator' ? {} : { observerReason: participation.reason }),
    epoch: state.epoch,
    validators: genesis.validators.length,
    quorum: quorum(genesis.validators.length),
    view: node.view,
    height: tip.height,
    logSize: state.logSize,
    latestBlockTimeMs: tip.height === 0 ? null : tip.timeMs,
    peers: genesis.validators.flatMap((validator, index) =>
      index === node.index ? [] : [{ index, name: validator.member, connected: node.isConnected(index) }],
    ),
  };
}

function validators(chain: ChainStore): AnswerOf<NodeRoutes['validators']> {
  const { genesis, suites, epoch, validatorSetDigest } = chain.state;
  return {
    epoch,
    quorum: quorum(genesis.validators.length),
    digest: digestsView(suites, validatorSetDigest),
    validators: genesis.validators.map((_, index) => validatorView(genesis, index)),
  };
}

function validatorView(genesis: ChainStore['state']['genesis'], index: number): Validator {
  const validator = genesis.validators[index];
  const member = genesis.members.find(({ name }) => name === validator?.member);
  if (validator === undefined || member === undefined) throw new Error(`no validator ${index} in genesis`);
  return {
    index,
    name: validator.member,
    organisation: member.organisation,
    roles: [...member.roles],
    peerId: validator.peerId,
    keys: { ...validator.keys },
  };
}

function gateways(chain: ChainStore): AnswerOf<NodeRoutes['gateways']> {
  const { genesis } = chain.state;
  return {
    gateways: chain.state.gateways.map(({ index, name, suite, publicKey, nextSerial }) => ({
      index,
      name,
      member: genesis.gateways.find((gateway) => gateway.index === index)?.member ?? '',
      suite,
      publicKey: toHex(publicKey),
      nextSerial,
    })),
  };
}

async function checkpoint(chain: ChainStore): Promise<AnswerOf<NodeRoutes['checkpoint']>> {
  const { state } = chain;
  const certified = await chain.certifiedAt(state.tip.height);
  if (certified === undefined) throw new ApiProblem('block-not-found');
  const { record, finalization } = certified;
  const logSize = record.firstIndex + record.entryCount;
  const roots = await chain.rootsAt(logSize);
  if (roots === undefined) throw new Error(`no roots at the certified size ${logSize}`);
  return {
    height: record.block.height,
    timeMs: record.block.timeMs,
    logSize,
    logRoots: digestsView(state.suites, roots),
    headerBytes: toBase64(record.headerBytes),
    certificates: certificatesView(state, finalization),
  };
}
