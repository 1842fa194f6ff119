import { createHash } from 'node:crypto';
import multipart, { type MultipartFile } from '@fastify/multipart';
import { type FilesReceipt, gatewayRoutes, MAX_FILES } from '@hufu/api';
import { createHasher, type HashName } from '@hufu/crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { receiptsOf } from '../intake/intake.ts';
import type { NewRecord } from '../intake/record.ts';
import { callerOf } from './authentication.ts';
import { requestDigest } from './intake-routes.ts';
import { boundaryOf, MAX_PART_HEADERS, MultipartStructure } from './multipart-structure.ts';
import { CodedError } from './problems.ts';
import { routeOptions, type Typed } from './route-options.ts';
import type { Services } from './services.ts';

interface HashedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly record: NewRecord;
}

const MAX_FILE_NAME_BYTES = 1_024;

/** `POST /v1/evidence/files`: contents are hashed while they stream in, and not kept. All files or none. */
export async function registerFileRoutes(app: FastifyInstance, services: Services): Promise<void> {
  const { identity, intake, limits } = services;
  const { postFiles } = gatewayRoutes;
  await app.register(multipart, {
    limits: {
      files: MAX_FILES,
      parts: MAX_FILES,
      // One is enough to notice it and refuse the body.
      fields: 1,
      fieldSize: 1,
      fileSize: limits.maxFileBytes,
      fieldNameSize: MAX_FILE_NAME_BYTES,
      headerPairs: MAX_PART_HEADERS,
    },
  });

  app.route<Typed<typeof postFiles>>({
    ...routeOptions(postFiles, services),
    handler: async (request, reply) => {
      const files = await hashFiles(request, identity.hashes);
      const records = files.map((file) => file.record);
      const key = request.headers['idempotency-key'];
      const recorded = await intake.record({
        records,
        receivedAtMs: Date.now(),
        apiKey: callerOf(request).id,
        ...(key === undefined
          ? {}
          : { idempotency: { key, requestDigest: digestOf(files, postFiles.path) } }),
      });
      if (!recorded.ok) throw new CodedError(recorded.error);
      const receipts = receiptsOf(identity.gateway, records, recorded.value);
      const answer: FilesReceipt = { files: [] };
      for (const [i, { name, sizeBytes }] of files.entries()) {
        const receipt = receipts[i];
        if (receipt !== undefined) answer.files.push({ name, sizeBytes, receipt });
      }
      return reply.code(202).send(answer);
    },
  });
}

/** Reads the whole body. Throws CodedError for a body that is not complete, well-formed and within limits. */
async function hashFiles(
  request: FastifyRequest,
  hashes: readonly HashName[],
): Promise<readonly HashedFile[]> {
  const files: HashedFile[] = [];
  const structure = followStructure(request);
  const parts = request.parts();
  try {
    for (;;) {
      const next = await Promise.race([parts.next(), structure.fault]);
      if (next.done) break;
      const part = next.value;
      // The parser gives no name where there is none, although its type says otherwise.
      if (part.type === 'field' || part.filename === undefined || part.fieldname === undefined)
        throw new CodedError('malformed-multipart', { detail: 'only files are taken' });
      files.push(await hashFile(part, hashes));
    }
  } catch (error) {
    throw multipartError(error);
  } finally {
    structure.leave();
  }
  if (files.length !== structure.parts()) throw new CodedError('malformed-multipart');
  if (files.length === 0) {
    throw new CodedError('invalid-request', { errors: [{ pointer: '', detail: 'no file in the body' }] });
  }
  return files;
}

interface FollowedStructure {
  /** Rejects as soon as the body is malformed; never resolves. */
  readonly fault: Promise<never>;
  readonly parts: () => number;
  readonly leave: () => void;
}

/** Looks at the body's bytes on their way to the parser. Throws CodedError without a boundary. */
function followStructure(request: FastifyRequest): FollowedStructure {
  const boundary = boundaryOf(request.headers['content-type']);
  if (boundary === undefined) throw new CodedError('malformed-multipart', { detail: 'no valid boundary' });
  const structure = new MultipartStructure(boundary);
  const { promise, reject } = Promise.withResolvers<never>();
  // It is raced with every part; between two races nobody else would handle it.
  promise.catch(() => undefined);
  const onData = (chunk: Buffer): void => {
    const detail = structure.push(chunk);
    if (detail === undefined) return;
    leave();
    reject(new CodedError('malformed-multipart', { detail }));
  };
  const leave = (): void => void request.raw.removeListener('data', onData);
  request.raw.on('data', onData);
  return { fault: promise, parts: () => structure.parts, leave };
}

async function hashFile(part: MultipartFile, hashes: readonly HashName[]): Promise<HashedFile> {
  const hashers = hashes.map((name) => ({ name, hasher: createHasher(name) }));
  let sizeBytes = 0;
  // Threat: past the limit the parser drops the bytes of a file that may never end.
  part.file.once('limit', () =>
    part.file.destroy(new CodedError('too-large', { detail: 'a file is larger than the limit' })),
  );
  for await (const chunk of part.file) {
    for (const { hasher } of hashers) hasher.update(chunk);
    sizeBytes += chunk.length;
  }
  // Threat: a file cut at the limit would otherwise be recorded by its beginning.
  if (part.file.truncated) throw new CodedError('too-large', { detail: 'a file is larger than the limit' });
  const digests: { [name in HashName]?: Uint8Array } = {};
  for (const { name, hasher } of hashers) digests[name] = hasher.digest();
  return { name: part.filename, sizeBytes, record: { digests } };
}

/** Names and digests of the files: the same for the same body, whatever its boundary. */
function digestOf(files: readonly HashedFile[], path: string): Uint8Array {
  const digest = createHash('sha256');
  for (const { name, sizeBytes, record } of files) {
    digest.update(JSON.stringify([name, sizeBytes]));
    for (const part of Object.values(record.digests)) digest.update(part);
  }
  return requestDigest(path, digest.digest('hex'));
}

/** The multipart parser reports what the client sent wrong as plain errors, told apart by their text only. */
function multipartError(error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  if ('code' in error && typeof error.code === 'string') {
    if (error.code === 'FST_PROTO_VIOLATION') return new CodedError('malformed-multipart');
    if (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') {
      return new CodedError('truncated-multipart');
    }
    if (error.code.startsWith('FST_')) return error;
  }
  if (/unexpected end/i.test(error.message)) return new CodedError('truncated-multipart');
  if (/multipart|boundary|part terminated|malformed/i.test(error.message)) {
    return new CodedError('malformed-multipart');
  }
  return error;
}
