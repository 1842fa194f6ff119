import {
  type BlockDetail,
  type BlockEvent,
  BUNDLE_CONTENT_TYPE,
  type EpochDetail,
  type ErrorCode,
  maxBodyBytes,
  nodeRoutes,
  OCTETS_CONTENT_TYPE,
  PROBLEM_CONTENT_TYPE,
  problem,
  type RequestOf,
  type Route,
  serverSchema,
  validatorCompiler,
} from '@hufu/api';
import { hashOf, toBase64, toHex, verify } from '@hufu/crypto';
import {
  certificateToJson,
  decodeEntry,
  decodeHeader,
  decodeSubmission,
  type FinalityCertificate,
  submissionSignBytes,
} from '@hufu/proof';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { ReferenceBlock, ReferenceLedger } from './reference-ledger.ts';

type EpochEnd = NonNullable<EpochDetail['end']>;

/** One way in which a node can do wrong; a test sets what it needs, also while the node runs. */
export interface Behaviour {
  /** Answers submissions with this instead of taking them. */
  refuse?: ErrorCode;
  /** Takes submissions and loses them. */
  blackHole?: boolean;
  /** Changes what a block says before it is sent. */
  tamperBlock?: (block: BlockDetail) => BlockDetail;
  /** Changes how an epoch ended before it is sent. */
  tamperEnd?: (end: EpochEnd) => EpochEnd;
  /** Claims a place for our submissions that is not theirs. */
  shiftIndex?: number;
  /** Claims that so many more serials are applied. */
  aheadBy?: number;
  /** What the answer to a submission that was taken waits for. */
  beforeTaken?: () => Promise<void>;
  /** Refuses submissions as applied, and names this serial to go on from. */
  goOnFrom?: (firstSerial: number) => number;
  /** What answers about the place of a serial wait for. */
  beforePlace?: (serial: number) => Promise<void>;
  /** Whether a range proof of so many records is changed. */
  falseRange?: (count: number) => boolean;
  /** Shows other entries under serials than there are. */
  falseEntries?: boolean;
  /** Sends no block events. */
  silent?: boolean;
}

export interface ReferenceNode {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** Submissions it was sent, as bytes. */
  readonly received: Uint8Array[];
  stop(): Promise<void>;
}

interface Typed<R extends Route> {
  Params: RequestOf<R>['params'];
  Querystring: RequestOf<R>['query'];
}

/** Serves a ledger with the real routes: schemas, bytes and errors are those of nodes. */
export async function startReferenceNode(
  ledger: ReferenceLedger,
  behaviour: Behaviour = {},
  port = 0,
): Promise<ReferenceNode> {
  const app = fastify({ forceCloseConnections: true });
  const received: Uint8Array[] = [];
  app.setValidatorCompiler(validatorCompiler);
  app.addContentTypeParser(OCTETS_CONTENT_TYPE, { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  registerState(app, ledger, behaviour);
  registerEpochs(app, ledger, behaviour);
  registerProofs(app, ledger, behaviour);
  registerSubmissions(app, ledger, behaviour, received);
  registerEvents(app, ledger, behaviour);
  await app.listen({ host: '127.0.0.1', port });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    behaviour,
    received,
    stop: () => app.close(),
  };
}

function options(route: Route) {
  return {
    method: route.method,
    url: route.path,
    schema: serverSchema(route),
    bodyLimit: Math.max(1, maxBodyBytes(route)),
  };
}

function fail(reply: FastifyReply, code: ErrorCode, nextSerial?: number): FastifyReply {
  const body = problem(code, nextSerial === undefined ? {} : { nextSerial });
  return reply.code(body.status).header('content-type', PROBLEM_CONTENT_TYPE).send(body);
}

function perHash(
  ledger: ReferenceLedger,
  perSuite: readonly Uint8Array[],
): { sha256?: string; sm3?: string } {
  return Object.fromEntries(
    ledger.network.genesis.suites.map((suite, i) => [hashOf(suite), toHex(perSuite[i] ?? new Uint8Array())]),
  );
}

function registerState(app: FastifyInstance, ledger: ReferenceLedger, behaviour: Behaviour): void {
  const { genesis, chainId, validators } = ledger.network;
  app.route({
    ...options(nodeRoutes.status),
    handler: async () => ({
      chain: genesis.name,
      chainId: perHash(ledger, chainId),
      suites: genesis.suites,
      version: 'reference',
      node: { name: 'reference', index: 0, organisation: '', roles: [] },
      observer: false,
      history: null,
      epoch: 0,
      validators: validators.validators.length,
      quorum: 3,
      view: ledger.blocks.length,
      height: ledger.blocks.length,
      logSize: ledger.entries.length,
      latestBlockTimeMs: ledger.blocks.at(-1)?.timeMs ?? null,
      peers: [],
    }),
  });
  app.route({
    ...options(nodeRoutes.gateways),
    handler: async () => {
      const nextSerial = ledger.nextSerial + (behaviour.aheadBy ?? 0);
      const { gateway } = ledger.network;
      return { gateways: gateway === undefined ? [] : [{ ...gateway, nextSerial }] };
    },
  });
  app.route<Typed<typeof nodeRoutes.block>>({
    ...options(nodeRoutes.block),
    handler: async (request, reply) => {
      const block = ledger.blocks[request.params.height - 1];
      if (block === undefined) return fail(reply, 'block-not-found');
      const detail = blockDetail(ledger, block);
      return behaviour.tamperBlock?.(detail) ?? detail;
    },
  });
}

function blockDetail(ledger: ReferenceLedger, block: ReferenceBlock): BlockDetail {
  const header = decodeHeader(block.headerBytes);
  if (!header.ok) throw new Error('own header');
  const { parent, logRoots, stateRoot, validatorSetDigest, refsDigest, ...rest } = header.value;
  return {
    header: {
      epoch: rest.epoch,
      height: rest.height,
      view: rest.view,
      timeMs: rest.timeMs,
      proposer: rest.proposer,
      logSize: rest.logSize,
      chainId: perHash(ledger, rest.chainId),
      parent: perHash(ledger, parent),
      logRoots: perHash(ledger, logRoots),
      stateRoot: perHash(ledger, stateRoot),
      validatorSetDigest: perHash(ledger, validatorSetDigest),
      refsDigest: toHex(refsDigest),
    },
    headerBytes: toBase64(block.headerBytes),
    digests: perHash(ledger, block.digests),
    refs: [],
    certificates: certificatesJson(block.certificates),
    certifiedBy: block.height,
    firstIndex: block.firstIndex,
    entryCount: block.logSize - block.firstIndex,
    submissions: [...block.submissions],
    dropped: [...block.dropped],
  };
}

function certificatesJson(certificates: readonly FinalityCertificate[]): BlockDetail['certificates'] {
  return certificates.map(certificateToJson).map((one) => ({ ...one, signatures: [...one.signatures] }));
}

function registerEpochs(app: FastifyInstance, ledger: ReferenceLedger, behaviour: Behaviour): void {
  app.route<Typed<typeof nodeRoutes.epoch>>({
    ...options(nodeRoutes.epoch),
    handler: async (request, reply) => {
      const { epoch } = request.params;
      const end = ledger.ends[epoch];
      const block = ledger.blocks.findLast((one) => one.epoch === epoch);
      if (epoch > ledger.ends.length) return fail(reply, 'epoch-not-found');
      if (end === undefined || block === undefined) return { ...NO_EPOCH, epoch, end: null };
      const shown = {
        height: block.height,
        digests: perHash(ledger, block.digests),
        headerBytes: toBase64(end.header),
        certificates: certificatesJson(end.certificates),
        nextValidatorSet: toBase64(end.validatorSet),
      };
      return { ...NO_EPOCH, epoch, end: behaviour.tamperEnd?.(shown) ?? shown };
    },
  });
}

/** What a gateway does not read of an epoch. */
const NO_EPOCH = {
  firstHeight: 0,
  validatorSetDigest: { sha256: '00'.repeat(32) },
  validatorSet: 'AA==',
  validators: [],
};

function registerProofs(app: FastifyInstance, ledger: ReferenceLedger, behaviour: Behaviour): void {
  app.route<Typed<typeof nodeRoutes.gatewayEntry>>({
    ...options(nodeRoutes.gatewayEntry),
    handler: async (request, reply) => {
      const { serial } = request.params;
      await behaviour.beforePlace?.(serial);
      // With one gateway, serials and log indexes are the same numbers.
      const index = serial;
      const entry = ledger.entries[index];
      const block = ledger.blocks.find(({ logSize }) => logSize > index);
      if (entry === undefined || block === undefined) return fail(reply, 'entry-not-found');
      const decoded = decodeEntry(entry);
      if (!decoded.ok) throw new Error('own entry');
      const { gateway, claimedTimeMs, digests } = decoded.value;
      return {
        index: index + (behaviour.shiftIndex ?? 0),
        height: block.height,
        timeMs: block.timeMs,
        entry: toBase64(behaviour.falseEntries ? entry.toReversed() : entry),
        decoded: {
          kind: 'evidence',
          gateway,
          serial,
          claimedTimeMs,
          digests: Object.fromEntries(Object.entries(digests).map(([name, digest]) => [name, toHex(digest)])),
        },
      };
    },
  });
  app.route<Typed<typeof nodeRoutes.rangeProof>>({
    ...options(nodeRoutes.rangeProof),
    handler: async (request, reply) => {
      const { first, count, size = ledger.entries.length } = request.query;
      if (count < 1 || first + count > size || size > ledger.entries.length) {
        return fail(reply, 'range-out-of-log');
      }
      const paths = Object.fromEntries(
        ledger.network.genesis.suites.map((suite) => [
          hashOf(suite),
          behaviour.falseRange?.(count)
            ? ['00'.repeat(32)]
            : ledger.rangeProof(hashOf(suite), first, count, size).map(toHex),
        ]),
      );
      return { first, count, size, paths };
    },
  });
  app.route<Typed<typeof nodeRoutes.bundle>>({
    ...options(nodeRoutes.bundle),
    handler: async (request, reply) => {
      if (request.params.index >= ledger.entries.length) return fail(reply, 'entry-not-found');
      const bundle = Buffer.from(ledger.bundle(request.params.index));
      return reply.header('content-type', BUNDLE_CONTENT_TYPE).send(bundle);
    },
  });
}

function registerSubmissions(
  app: FastifyInstance,
  ledger: ReferenceLedger,
  behaviour: Behaviour,
  received: Uint8Array[],
): void {
  const [chainId] = ledger.network.chainId;
  if (chainId === undefined) throw new Error('no chain id');
  app.route<{ Body: Buffer }>({
    ...options(nodeRoutes.submit),
    handler: async (request, reply) => {
      const bytes = new Uint8Array(request.body);
      received.push(bytes);
      if (behaviour.refuse !== undefined) return fail(reply, behaviour.refuse, ledger.nextSerial);
      const submission = decodeSubmission(bytes);
      if (!submission.ok) return fail(reply, 'malformed-submission');
      const { firstSerial, records, signature } = submission.value;
      const message = submissionSignBytes('sha256', chainId, submission.value);
      const { gateway } = ledger.network;
      if (gateway === undefined) return fail(reply, 'unknown-gateway');
      const publicKey = Buffer.from(gateway.publicKey, 'hex');
      if (!verify(gateway.suite, publicKey, message, signature)) return fail(reply, 'bad-signature');
      const named = behaviour.goOnFrom?.(firstSerial);
      if (named !== undefined) return fail(reply, 'serial-applied', named);
      if (firstSerial < ledger.nextSerial) return fail(reply, 'serial-applied', ledger.nextSerial);
      if (!behaviour.blackHole) ledger.submit(bytes);
      await behaviour.beforeTaken?.();
      return reply.code(202).send({ gateway: 0, firstSerial, count: records.length, status: 'accepted' });
    },
  });
}

function registerEvents(app: FastifyInstance, ledger: ReferenceLedger, behaviour: Behaviour): void {
  app.get(nodeRoutes.events.path, (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream' });
    raw.write(': here\n\n');
    const send = (block: ReferenceBlock): void => {
      if (behaviour.silent) return;
      const event: BlockEvent = {
        height: block.height,
        timeMs: block.timeMs,
        logSize: block.logSize,
        entryCount: block.logSize - block.firstIndex,
        headerDigest: perHash(ledger, block.digests),
        submissions: block.submissions.map((placed) => ({
          ...placed,
          firstIndex: placed.firstIndex + (behaviour.shiftIndex ?? 0),
        })),
        dropped: [...block.dropped],
      };
      raw.write(`id: ${block.height}\nevent: block\ndata: ${JSON.stringify(event)}\n\n`);
    };
    const after = Number(request.headers['last-event-id'] ?? ledger.blocks.length);
    for (const block of ledger.blocks.slice(after)) send(block);
    const stop = ledger.onBlock(send);
    raw.on('close', stop);
  });
}
