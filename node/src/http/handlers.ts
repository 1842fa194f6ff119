import { type AnswerOf, MAX_SEARCH_RESULTS, type NodeRoutes, type RequestOf } from '@hufu/api';
import { quorum } from '@hufu/consensus';
import { fromHex, toBase64 } from '@hufu/crypto';
import { enterEpoch } from '../ledger/index.ts';
import type { ChainStore, StoredEntry } from '../store/types.ts';
import { DEFAULT_PAGE, epochHandlers, validatorView } from './epoch-handlers.ts';
import { ApiProblem } from './problems.ts';
import type { NodeService } from './service.ts';
import {
  blockDetail,
  blockSummary,
  bytesDigests,
  certificatesView,
  digestsView,
  entryView,
  headerOf,
  pathsView,
  recordView,
} from './views.ts';

/** A handler for each route of the table but the event stream, which is not one answer. */
export type NodeHandlers = {
  readonly [Name in Exclude<keyof NodeRoutes, 'events'>]: (
    request: RequestOf<NodeRoutes[Name]>,
  ) => Promise<AnswerOf<NodeRoutes[Name]>>;
};

/** The read API and the submission route over a running node. */
export function nodeHandlers(node: NodeService): NodeHandlers {
  const { chain } = node;
  return {
    ...epochHandlers(chain),
    ...blockHandlers(chain),
    ...entryHandlers(chain),
    ...proofHandlers(chain),
    status: async () => status(node),
    genesis: async () => chain.genesisBytes,
    ...submissionHandlers(node),
  };
}

function submissionHandlers(node: NodeService): Pick<NodeHandlers, 'submit' | 'govern'> {
  return {
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
    govern: async ({ body }) => {
      const outcome = await node.submitGovernance(body);
      if (!outcome.ok) {
        const { code, detail } = outcome;
        throw new ApiProblem(code, detail === undefined ? {} : { detail });
      }
      const { suites } = node.chain.state;
      const documentDigests = digestsView(suites, bytesDigests(suites, outcome.documentBytes));
      return { epoch: outcome.epoch, documentDigests, status: 'accepted' };
    },
  };
}

function blockHandlers(chain: ChainStore): Pick<NodeHandlers, 'blocks' | 'block' | 'blockEntries'> {
  const { suites, chainId } = chain.state;
  return {
    blocks: async ({ query }) => {
      const records = await chain.blocks(query.before, query.limit ?? DEFAULT_PAGE);
      return { blocks: records.map((record) => blockSummary(suites, record)) };
    },
    block: async ({ params }) => {
      const record = await chain.block(params.height);
      if (record === undefined) throw new ApiProblem('block-not-found');
      const epoch = await chain.epoch(headerOf(record).epoch);
      if (epoch === undefined) throw new Error(`no epoch of block ${params.height}`);
      const context = { chainId, validators: epoch.validators };
      return blockDetail(context, record, await chain.certifiedAt(params.height));
    },
    blockEntries: async ({ params, query }) => {
      const record = await chain.block(params.height);
      if (record === undefined) throw new ApiProblem('block-not-found');
      const offset = Math.min(query.offset ?? 0, record.entryCount);
      const count = Math.min(query.limit ?? DEFAULT_PAGE, record.entryCount - offset);
      const entries = count === 0 ? [] : await chain.entries(record.firstIndex + offset, count);
      return { total: record.entryCount, entries: entries.map((entry) => entryView(suites, entry)) };
    },
  };
}

function entryHandlers(chain: ChainStore): Pick<NodeHandlers, 'entry' | 'gatewayEntry' | 'search'> {
  return {
    entry: async ({ params }) => entryView(chain.state.suites, found(await chain.entry(params.index))),
    gatewayEntry: async ({ params }) => {
      if (!enterEpoch(chain.state).gateways.some(({ index }) => index === params.gateway)) {
        throw new ApiProblem('unknown-gateway');
      }
      return recordView(found(await chain.entryBySerial(params.gateway, params.serial)));
    },
    search: async ({ query }) => {
      const digest = fromHex(query.digest);
      if (digest === undefined) throw new Error('the schema admits hex only');
      const entries = await chain.search(digest, MAX_SEARCH_RESULTS + 1);
      return {
        entries: entries.slice(0, MAX_SEARCH_RESULTS).map(recordView),
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

function found(entry: StoredEntry | undefined): StoredEntry {
  if (entry === undefined) throw new ApiProblem('entry-not-found');
  return entry;
}

function inRange<T>(paths: T | undefined): T {
  if (paths === undefined) throw new ApiProblem('range-out-of-log');
  return paths;
}

function status(node: NodeService): AnswerOf<NodeRoutes['status']> {
  const state = enterEpoch(node.chain.state);
  const { genesis, suites, tip, epoch, registry } = state;
  const { participation, name, index } = node;
  const { history } = node.chain;
  const own = index === null ? { organisation: '', roles: [] } : validatorView(registry, index);
  return {
    chain: genesis.name,
    chainId: digestsView(suites, state.chainId),
    suites: [...suites],
    version: node.version,
    node: { name, index, organisation: own.organisation, roles: own.roles },
    observer: participation.kind !== 'validator',
    ...(participation.kind === 'validator' ? {} : { observerReason: participation.reason }),
    epoch,
    validators: registry.validators.length,
    quorum: quorum(registry.validators.length),
    view: node.view,
    height: tip.height,
    logSize: state.logSize,
    latestBlockTimeMs: tip.height === 0 ? null : tip.timeMs,
    history: history === null ? null : { height: history.state.tip.height, toHeight: history.toHeight },
    peers: registry.validators.flatMap(({ member }, peer) =>
      peer === index ? [] : [{ index: peer, name: member, connected: node.isConnected(peer) }],
    ),
  };
}

async function checkpoint(chain: ChainStore): Promise<AnswerOf<NodeRoutes['checkpoint']>> {
  const { state } = chain;
  // The last applied block is certified itself, by the validators of its epoch.
  const certified = await chain.certifiedAt(state.tip.height);
  if (certified === undefined) throw new ApiProblem('block-not-found');
  const { record, finalization } = certified;
  const { height, timeMs, logSize, logRoots } = headerOf(record);
  return {
    height,
    timeMs,
    logSize,
    logRoots: digestsView(state.suites, logRoots),
    headerBytes: toBase64(record.headerBytes),
    certificates: certificatesView(state, finalization),
  };
}
