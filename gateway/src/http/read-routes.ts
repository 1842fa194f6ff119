import { BUNDLE_CONTENT_TYPE, type EvidencePage, gatewayRoutes } from '@hufu/api';
import { fromHex } from '@hufu/crypto';
import type { FastifyInstance } from 'fastify';
import { CodedError } from './problems.ts';
import { routeOptions, type Typed } from './route-options.ts';
import type { Services } from './services.ts';

const DEFAULT_LIMIT = 20;

/** The routes that read evidence and proofs. */
export function registerReadRoutes(app: FastifyInstance, services: Services): void {
  const { identity, reader } = services;
  const { evidence, proof, searchEvidence } = gatewayRoutes;

  app.route<Typed<typeof evidence>>({
    ...routeOptions(evidence, services),
    handler: async (request) => {
      const serial = serialOf(identity.gateway, request.params.id);
      const found = serial === undefined ? undefined : await reader.evidence(serial);
      if (found === undefined) throw new CodedError('evidence-not-found');
      return found;
    },
  });

  app.route<Typed<typeof proof>>({
    ...routeOptions(proof, services),
    handler: async (request, reply) => {
      const serial = serialOf(identity.gateway, request.params.id);
      const outcome = serial === undefined ? { kind: 'not-found' as const } : await reader.proof(serial);
      switch (outcome.kind) {
        case 'not-found':
          throw new CodedError('evidence-not-found');
        case 'not-ready':
          throw new CodedError('proof-not-ready');
        case 'failed':
          throw new CodedError('evidence-failed');
        case 'proof':
          return reply
            .header('content-type', BUNDLE_CONTENT_TYPE)
            .header('content-disposition', `attachment; filename="${request.params.id}.hufu.json"`)
            .send(Buffer.from(outcome.bundle));
      }
    },
  });

  app.route<Typed<typeof searchEvidence>>({
    ...routeOptions(searchEvidence, services),
    handler: async (request) => search(services, request.query),
  });
}

/** The serial in an evidence id of this gateway; undefined for another gateway's. */
function serialOf(gateway: number, id: string): number | undefined {
  const [index = '', serial = ''] = id.split('-');
  const value = Number(serial);
  return Number(index) === gateway && Number.isSafeInteger(value) ? value : undefined;
}

interface SearchQuery {
  readonly digest?: string;
  readonly serial?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

/** One page, newest first. The cursor names the serial below which the next page begins. */
async function search({ reader, cursors }: Services, query: SearchQuery): Promise<EvidencePage> {
  const { digest, serial, limit = DEFAULT_LIMIT, cursor } = query;
  const scope = `digest=${digest ?? ''}&serial=${serial ?? ''}`;
  const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursors.open(cursor, scope);
  if (below === undefined) throw new CodedError('invalid-cursor');
  const wanted = digest === undefined ? undefined : fromHex(digest);
  if (serial !== undefined) {
    const found = await reader.evidence(serial);
    const matches = found !== undefined && (digest === undefined || hasDigest(found.digests, digest));
    return { evidence: matches && serial < below ? [found] : [], next: null };
  }
  const { evidence, next } =
    wanted === undefined ? await reader.newest(below, limit) : await reader.withDigest(wanted, below, limit);
  return { evidence: [...evidence], next: next === undefined ? null : cursors.sign(next, scope) };
}

function hasDigest(digests: { readonly sha256?: string; readonly sm3?: string }, digest: string): boolean {
  return digests.sha256 === digest || digests.sm3 === digest;
}
