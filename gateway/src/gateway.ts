import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Anchor } from './anchoring/anchor.ts';
import { Epochs } from './anchoring/epochs.ts';
import { Finality } from './anchoring/finality.ts';
import { Outbox } from './anchoring/outbox.ts';
import { Registration } from './anchoring/registration.ts';
import { signAgain } from './anchoring/rotated-key.ts';
import { Closers } from './closers.ts';
import type { GatewayConfig, ListenAddress } from './config/gateway-config.ts';
import { type GatewayIdentity, loadIdentity } from './config/identity.ts';
import { type Database, lockData, openDatabase } from './db/database.ts';
import { DigestIndex } from './db/digest-index.ts';
import { bindDatabase, cursorKey, readConflict, writeConflict } from './db/facts.ts';
import { Cursors } from './evidence/cursor.ts';
import { EvidenceReader } from './evidence/evidence-reader.ts';
import { Closing } from './http/closing.ts';
import { Places } from './http/places.ts';
import { createServer } from './http/server.ts';
import type { Services } from './http/services.ts';
import { ApiKeyVerifier, generateApiKey, insertApiKey, type NewApiKey } from './identity/api-keys.ts';
import { makeFirstKey } from './identity/first-key.ts';
import { EarlierFinder } from './intake/earlier.ts';
import { IdempotencyKeys } from './intake/idempotency.ts';
import { Intake } from './intake/intake.ts';
import { Journal } from './intake/journal.ts';
import { Pruning } from './intake/pruning.ts';
import { submissionSigner, submissionSize } from './intake/submission-signer.ts';
import { createLogger } from './ops/logger.ts';
import { createMetrics, type Metrics, registerGauges } from './ops/metrics.ts';
import { createOpsServer, type Health } from './ops/ops-server.ts';

/** A running gateway. */
export interface Gateway {
  /** Base URL of the API. */
  readonly url: string;
  readonly opsUrl: string;
  /**
   * Stops: refuses new posts, answers what it has begun, closes the database. What is not final stays in the
   * database and goes on at the next start.
   */
  stop(): Promise<void>;
}

/** Without finality for this long, while submissions are sent, the next node is tried. */
const STALL_MS = 10_000;
/** Requests under way are given this long at a stop. */
const DRAIN_MS = 10_000;
/** NDJSON streams at once. Each keeps at most about 3 MB for a client that does not read its results. */
const MAX_STREAMS = 64;

/**
 * Starts a gateway in this process and resolves when it listens. Throws ConfigError for a configuration that
 * cannot work and DataInUseError when another process has the data directory.
 */
export async function startGateway(config: GatewayConfig): Promise<Gateway> {
  const identity = loadIdentity(config);
  const logger = createLogger(config);
  for (const warning of identity.warnings) logger.warn(warning);
  const closers = new Closers();
  const lock = lockData(config.dataPath);
  closers.add(async () => lock.release());
  try {
    const database = await openDatabase(config.dataPath);
    closers.add(() => database.destroy());
    await bindDatabase(database, identity, config.dataPath);
    const keyId = await makeFirstKey(database, config.apiKeyPath);
    if (keyId !== undefined) logger.info({ keyId, file: config.apiKeyPath }, 'made the first API key');
    const urls = await assemble(config, identity, { database, logger, closers });
    logger.info(urls, 'gateway started');
    return {
      ...urls,
      stop: async () => {
        await closers.close();
        logger.info('gateway stopped');
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Makes an API key; works whether or not the gateway is running. The token is shown this once. */
export async function createApiKey(
  config: GatewayConfig,
  key: NewApiKey,
): Promise<{ readonly keyId: string; readonly token: string }> {
  const database = await openDatabase(config.dataPath);
  try {
    const generated = generateApiKey(key, Date.now());
    await insertApiKey(database, generated);
    return { keyId: generated.keyId, token: generated.token };
  } finally {
    await database.destroy();
  }
}

interface Ground {
  readonly database: Database;
  readonly logger: Logger;
  readonly closers: Closers;
}

/** The composition root: every part is made here and knows only what it is given. Returns where it listens. */
async function assemble(
  config: GatewayConfig,
  identity: GatewayIdentity,
  ground: Ground,
): Promise<Pick<Gateway, 'url' | 'opsUrl'>> {
  const { database, logger, closers } = ground;
  const metrics = createMetrics();
  const index = await DigestIndex.open(database, {
    onFailure: (error) => logger.error({ err: error, alarm: 'index-failed' }, 'digests cannot be merged'),
  });
  closers.add(() => index.close());
  const earlier = new EarlierFinder(database, index);
  const registration = new Registration(identity, new Set(config.nodes).size);
  const journal = await openJournal(config, identity, ground, { index, earlier, metrics, registration });
  closers.add(() => journal.settle());
  const epochs = await Epochs.open(database, identity);
  const reader = new EvidenceReader(database, index, identity, epochs);
  const finality = new Finality();
  const parts = { journal, reader, finality, metrics, epochs, registration };
  const anchor = await openAnchor(config, identity, ground, parts);
  closers.add(() => anchor.stop());
  const streams = new Places(MAX_STREAMS);
  registerGauges(metrics, {
    queuedRecords: () => journal.queuedRecords,
    unfinalizedRecords: () => journal.unfinalizedRecords,
    nextSerial: () => journal.nextSerial,
    nodeInUse: () => anchor.node !== undefined,
    waitingRequests: () => finality.waiting,
    openStreams: () => streams.taken,
  });
  const keys = new IdempotencyKeys(database);
  const pruning = new Pruning(keys, {
    onFailure: (error) => logger.error({ err: error, alarm: 'pruning-failed' }, 'old keys are not forgotten'),
  });
  closers.add(() => pruning.stop());
  const services: Services = {
    identity,
    journal,
    reader,
    finality,
    verifier: new ApiKeyVerifier(database),
    intake: new Intake(database, journal, earlier, keys),
    cursors: new Cursors(await cursorKey(database)),
    limits: config.limits,
    streams,
  };
  const ops = createOpsServer(healthOf(journal, anchor, index), metrics.registry);
  closers.add(() => ops.close());
  const app = await createServer(services, logger, metrics);
  const closing = new Closing(app);
  closers.add(async () => {
    journal.close('draining');
    finality.close();
    await closing.within(DRAIN_MS);
  });
  return { url: await listen(app, config.http.listen), opsUrl: await listen(ops, config.ops.listen) };
}

function openJournal(
  config: GatewayConfig,
  identity: GatewayIdentity,
  { database, logger }: Ground,
  parts: {
    readonly index: DigestIndex;
    readonly earlier: EarlierFinder;
    readonly metrics: Metrics;
    readonly registration: Registration;
  },
): Promise<Journal> {
  const { index, earlier, metrics, registration } = parts;
  return Journal.open(database, index, earlier, {
    gateway: identity.gateway,
    maxQueuedRecords: config.limits.maxQueuedRecords,
    maxUnfinalizedRecords: config.limits.maxUnfinalizedRecords,
    maxSubmissionRecords: submissionSize(identity),
    isDenied: () => registration.isDenied,
    sign: submissionSigner(identity),
    onCommit: (records, seconds) => {
      metrics.recorded.inc(records);
      metrics.commitRecords.observe(records);
      metrics.commitSeconds.observe(seconds);
    },
    onFailure: (error) => logger.error({ err: error, alarm: 'transaction-failed' }, 'nothing was recorded'),
    onLookUpFailure: (error) =>
      logger.error({ err: error, alarm: 'look-up-failed' }, 'recorded, and answered without earlier equals'),
  });
}

/** Anchoring, started, unless an earlier run proved that this database is not the one the ledger follows. */
async function openAnchor(
  config: GatewayConfig,
  identity: GatewayIdentity,
  { database, logger }: Ground,
  parts: {
    readonly journal: Journal;
    readonly reader: EvidenceReader;
    readonly finality: Finality;
    readonly metrics: Metrics;
    readonly epochs: Epochs;
    readonly registration: Registration;
  },
): Promise<Anchor> {
  const { journal, reader, finality, metrics, epochs, registration } = parts;
  const signed = await signAgain(database, identity);
  if (signed > 0) logger.warn({ submissions: signed }, 'signed again with the key of now what is not final');
  const outbox = await Outbox.open(database, journal, { gateway: identity.gateway });
  const stopOnConflict = (serial: number): void => {
    journal.close('ledger-conflict');
    reader.failedFrom = serial;
  };
  const anchor = new Anchor({
    identity,
    database,
    outbox,
    journal,
    epochs,
    registration,
    logger,
    nodes: config.nodes,
    stallMs: STALL_MS,
    onFinalized: (finalized) => {
      for (const { submission, seconds } of finalized) {
        metrics.finalized.inc(submission.records.length);
        metrics.finalitySeconds.observe(seconds);
        finality.announce(submission);
      }
    },
    onConflict: async (serial) => {
      stopOnConflict(serial);
      await writeConflict(database, serial);
    },
    onDistrust: (node) => metrics.distrusted.inc({ node }),
  });
  const conflict = await readConflict(database);
  if (conflict === undefined) anchor.start();
  else stopOnConflict(conflict);
  return anchor;
}

function healthOf(journal: Journal, anchor: Anchor, index: DigestIndex): Health {
  return {
    parts: () => ({
      intake: journal.refusal ?? 'ok',
      anchoring: anchor.node === undefined ? 'no node to work with' : 'ok',
      nodes: anchor.distrusted.length === 0 ? 'ok' : `distrusted: ${anchor.distrusted.join(', ')}`,
      index: index.failure?.message ?? 'ok',
    }),
    notReady: () => journal.refusal ?? (index.failure === undefined ? undefined : 'index-failed'),
  };
}

/** Opens a listener and returns its base URL. */
async function listen(app: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  await app.listen({ host, port });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener');
  return baseUrl(address);
}

function baseUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
