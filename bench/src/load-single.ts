import autocannon from 'autocannon';
import { digestSource } from './digests.ts';

export interface SingleResult {
  /** Answered 202, and per second of the run. */
  readonly accepted: number;
  readonly perSecond: number;
  /** Any other answer, and connection errors and time-outs. */
  readonly refused: number;
  readonly errors: number;
  /** Response time in ms as autocannon's histogram gives it. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** One record a POST over `connections` keep-alive connections for `seconds`. */
export async function loadSingle(target: {
  readonly url: string;
  readonly apiKey: string;
  readonly connections: number;
  readonly seconds: number;
}): Promise<SingleResult> {
  const next = digestSource();
  const result = await autocannon({
    url: target.url,
    connections: target.connections,
    duration: target.seconds,
    requests: [
      {
        method: 'POST',
        path: '/v1/evidence',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${target.apiKey}`,
        },
        setupRequest: (request) => ({ ...request, body: `{"digests":{"sha256":"${next()}"}}` }),
      },
    ],
  });
  const accepted = result['2xx'];
  return {
    accepted,
    perSecond: accepted / result.duration,
    refused: result.non2xx,
    errors: result.errors + result.timeouts,
    latencyMs: { p50: result.latency.p50, p99: result.latency.p99, max: result.latency.max },
  };
}
