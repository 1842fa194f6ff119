import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  BUNDLE_CONTENT_TYPE,
  type EvidenceInput,
  gatewayRoutes,
  MAX_WAIT_SECONDS,
  NDJSON_CONTENT_TYPE,
} from '@hufu/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Wait } from '../anchoring/finality.ts';
import type { ProofOutcome } from '../evidence/evidence-reader.ts';
import type { Recorded } from '../intake/answers.ts';
import { receiptsOf } from '../intake/intake.ts';
import { type ResultChunk, recordLines } from '../intake/ndjson.ts';
import { type NewRecord, toRecord } from '../intake/record.ts';
import { callerOf } from './authentication.ts';
import { watchEnd } from './connection-end.ts';
import { CodedError, sendProblem } from './problems.ts';
import { routeOptions, type Typed } from './route-options.ts';
import type { Services } from './services.ts';
import { Slices } from './slices.ts';

/** Waiting requests that look for their bundle at once. */
const MAX_LOOKS = 64;

/** `POST /v1/evidence` and `POST /v1/evidence/batch`. */
export function registerIntakeRoutes(app: FastifyInstance, services: Services, logger: Logger): void {
  const { identity } = services;
  const { postEvidence, postBatch } = gatewayRoutes;
  const looks = new Slices(MAX_LOOKS);

  app.route<Typed<typeof postEvidence>>({
    ...routeOptions(postEvidence, services),
    handler: async (request, reply) => {
      const records = [readInput(services, request.body, '')];
      const recorded = await record(services, request, postEvidence.path, records);
      reply.header('location', `${postEvidence.path}/${identity.gateway}-${recorded.firstSerial}`);
      const waitMs = parseWaitMs(request.headers.prefer);
      // RFC 7240, section 2: a server may ignore a preference, as this one does when too many wait already.
      const wait = waitMs === 0 ? undefined : services.finality.wait(recorded.firstSerial, waitMs);
      if (wait !== undefined) {
        reply.header('preference-applied', `wait=${waitMs / 1000}`);
        const bundle = await waitForBundle(request, wait, () =>
          looks.run(() => services.reader.proof(recorded.firstSerial)),
        ).catch((error: unknown) => {
          // Who was told of a failure would post again what is durable.
          logger.error(
            { err: error, requestId: request.id },
            'recorded, but its bundle cannot be looked for',
          );
          return undefined;
        });
        if (bundle !== undefined) {
          return reply.code(201).header('content-type', BUNDLE_CONTENT_TYPE).send(Buffer.from(bundle));
        }
      }
      return reply.code(202).send(receiptsOf(identity.gateway, records, recorded)[0]);
    },
  });

  const parseJson = app.getDefaultJsonParser('error', 'error');
  // RFC 8259, section 8.1: no byte order mark. The default parser passes over one, a line of NDJSON never did.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body.startsWith('\ufeff')) done(new CodedError('malformed-request', { detail: 'a byte order mark' }));
    else parseJson(request, body, done);
  });
  app.addContentTypeParser(NDJSON_CONTENT_TYPE, (_request, payload, done) => done(null, payload));
  app.route<Typed<typeof postBatch>>({
    ...routeOptions(postBatch, services),
    handler: async (request, reply) => {
      const { body } = request;
      if (body instanceof Readable) return postLines(services, request, reply, body);
      const records = (body ?? []).map((input, i) => readInput(services, input, `/${i}`));
      const recorded = await record(services, request, postBatch.path, records);
      return reply.code(202).send({ evidence: receiptsOf(identity.gateway, records, recorded) });
    },
  });
}

function readInput({ identity }: Services, input: EvidenceInput, pointer: string): NewRecord {
  const read = toRecord(input, identity.hashes, pointer);
  if (!read.ok) throw new CodedError(read.error.code, { errors: read.error.errors });
  return read.value;
}

/** Records a post whose whole body was read. Throws CodedError when it is refused. */
async function record(
  { intake }: Services,
  request: FastifyRequest<{ Headers: { 'idempotency-key'?: string } }>,
  path: string,
  records: readonly NewRecord[],
): Promise<Recorded> {
  const key = request.headers['idempotency-key'];
  const outcome = await intake.record({
    records,
    receivedAtMs: Date.now(),
    apiKey: callerOf(request).id,
    ...(key === undefined
      ? {}
      : { idempotency: { key, requestDigest: requestDigest(path, JSON.stringify(request.body)) } }),
  });
  if (!outcome.ok) throw new CodedError(outcome.error);
  return outcome.value;
}

/** Tells whether a repeated Idempotency-Key comes with the same request. */
export function requestDigest(path: string, body: string): Uint8Array {
  return createHash('sha256').update(`${path}\n${body}`).digest();
}

/**
 * The wait in `Prefer: wait=N` (RFC 7240), in ms, at most MAX_WAIT_SECONDS. A preference that is not
 * understood is ignored, as the RFC has it.
 */
export function parseWaitMs(prefer: string | undefined): number {
  const match = /(?:^|[,;]) *wait *= *"?([0-9]+)"? *(?:$|[,;])/i.exec(prefer ?? '');
  return Math.min(Number(match?.[1] ?? 0), MAX_WAIT_SECONDS) * 1000;
}

/** The bundle when the record is final in time; undefined when not, or when the client has left. */
async function waitForBundle(
  request: FastifyRequest,
  wait: Wait,
  look: () => Promise<ProofOutcome>,
): Promise<Uint8Array | undefined> {
  const unwatch = watchEnd(request.raw.socket, wait.leave);
  try {
    // It waits already, so that finality between the first look and the wait is not missed.
    const already = await look();
    if (already.kind === 'proof') return already.bundle;
    if (!(await wait.announced)) return undefined;
    const proof = await look();
    return proof.kind === 'proof' ? proof.bundle : undefined;
  } finally {
    unwatch();
    wait.leave();
  }
}

/** The NDJSON batch: results stream back while lines stream in. */
async function postLines(
  { identity, journal, streams }: Services,
  request: FastifyRequest<{ Headers: { 'idempotency-key'?: string } }>,
  reply: FastifyReply,
  body: Readable,
): Promise<FastifyReply> {
  if (request.headers['idempotency-key'] !== undefined) return sendProblem(reply, 'idempotency-unsupported');
  const leave = streams.take();
  if (leave === undefined) return sendProblem(reply, 'overloaded');
  // An answer that waits behind another of its connection need not be closed when the connection is.
  const unwatch = watchEnd(request.raw.socket, leave);
  reply.raw.once('close', unwatch).once('close', leave);
  const apiKey = callerOf(request).id;
  const results = recordLines(body, {
    gateway: identity.gateway,
    hashes: identity.hashes,
    requestId: request.id,
    append: (records) => journal.append({ records, receivedAtMs: Date.now(), apiKey }),
  });
  // The status waits for the first results: a body of which nothing was accepted is no success.
  const first = await results.next();
  if (first.done) throw new Error('a stream of lines has an end line');
  const whole = first.value.last && first.value.accepted === 0;
  if (whole && first.value.refused === 0) {
    return sendProblem(reply, 'invalid-request', {
      errors: [{ pointer: '', detail: 'the body has no line' }],
    });
  }
  reply.code(whole ? 422 : 202).header('content-type', NDJSON_CONTENT_TYPE);
  return reply.send(Readable.from(texts(first.value, results), { objectMode: false }));
}

async function* texts(first: ResultChunk, rest: AsyncIterable<ResultChunk>): AsyncGenerator<string> {
  yield first.text;
  for await (const { text } of rest) if (text !== '') yield text;
}
