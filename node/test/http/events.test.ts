import { EventStreamParser } from '@hufu/api';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { type BlockSource, EventStreams } from '../../src/http/events.ts';
import { openStore } from '../../src/store/index.ts';
import type { BlockRecord } from '../../src/store/types.ts';
import { ChainBuilder } from '../support/chain.ts';
import { createSubmission, createTestNetwork } from '../support/network.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

const NETWORK = createTestNetwork(4);

interface Served {
  /** Opens a stream after the height, or from now on. Gives the heights of as many events as are asked for. */
  follow(afterHeight?: number): Promise<(count: number) => Promise<number[]>>;
  /** Adds blocks of one record each and tells the streams, as the node does. */
  grow(blocks: number): Promise<void>;
  /** Heights of the blocks that were read from the store, in that order. */
  readonly read: number[];
  /** For each of them, how often the event loop had turned before. */
  readonly readInTurn: number[];
}

/** Event streams over a real store, on sockets that take one write at a time unless they are said to take more. */
async function serve(t: Test, { highWaterMark = 1 } = {}): Promise<Served> {
  const store = await openStore({ directory: t.testdir(), genesisBytes: NETWORK.genesisBytes });
  const builder = new ChainBuilder(NETWORK, store);
  const listeners = new Set<(record: BlockRecord) => void>();
  const read: number[] = [];
  const readInTurn: number[] = [];
  let turns = 0;
  let counting = setImmediate(function count() {
    turns += 1;
    counting = setImmediate(count);
  });
  // Changes together with what is told: a stream between the two would read the block from the store.
  let { state } = store.chain;
  const node: BlockSource = {
    chain: {
      get state() {
        return state;
      },
      block(height) {
        read.push(height);
        readInTurn.push(turns);
        return store.chain.block(height);
      },
    },
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const streams = new EventStreams(node);
  const server = Fastify({ forceCloseConnections: true, http: { highWaterMark } });
  server.get('/v1/events', async (request, reply) => {
    await streams.serve(request, reply);
    return reply;
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(async () => {
    clearImmediate(counting);
    await server.close();
    await store.close();
  });
  return {
    read,
    readInTurn,
    async follow(afterHeight) {
      const headers = afterHeight === undefined ? {} : { 'last-event-id': String(afterHeight) };
      const { body } = await fetch(`${url}/v1/events`, { headers });
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventStreamParser();
      const heights: number[] = [];
      return async (count) => {
        while (heights.length < count) {
          const chunk = await reader?.read();
          if (chunk?.value === undefined) throw new Error('the stream ended');
          heights.push(...parser.push(chunk.value).map(({ id }) => Number(id)));
        }
        return heights.splice(0, count);
      };
    },
    async grow(blocks) {
      for (let i = 0; i < blocks; i++) {
        const record = await builder.block(createSubmission(NETWORK, store.chain.state.logSize, 1));
        state = store.chain.state;
        for (const listener of listeners) listener(record);
      }
    },
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

t.test('of readers that are behind, each reads every block once, whoever reads beside it', async (t) => {
  const HEIGHT = 120;
  const { follow, grow, read } = await serve(t);
  await grow(HEIGHT);
  const starts = [0, 10, 35, 60, 85, 110];
  const seen = await Promise.all(starts.map(async (after) => (await follow(after))(HEIGHT - after)));
  t.strictSame(
    seen,
    starts.map((after) => range(after + 1, HEIGHT)),
  );
  // Beside what it sends, each looked for its first block before it answered.
  const expected = starts.flatMap((after) => [after + 1, ...range(after + 1, HEIGHT)]);
  t.strictSame(
    read.toSorted((a, b) => a - b),
    expected.toSorted((a, b) => a - b),
  );
});

t.test(
  'whoever follows is sent what came, and reads nothing; one far behind beside it costs nobody else',
  async (t) => {
    const { follow, grow, read } = await serve(t);
    await grow(20);
    const live = await Promise.all([follow(), follow(), follow()]);
    await grow(20);
    for (const next of live) t.strictSame(await next(20), range(21, 40));
    t.strictSame(read, []);
    const behind = await follow(0);
    t.strictSame(await behind(40), range(1, 40));
    t.strictSame(read, [1, ...range(1, 20)]);
    await grow(1);
    for (const next of [...live, behind]) t.strictSame(await next(1), [41]);
    t.equal(read.length, 21);
  },
);

t.test('the event loop turns between two blocks that one reader is sent from the store', async (t) => {
  const HEIGHT = 40;
  const { follow, grow, readInTurn } = await serve(t, { highWaterMark: 1024 * 1024 });
  await grow(HEIGHT);
  const behind = await follow(0);
  t.strictSame(await behind(HEIGHT), range(1, HEIGHT));
  // The first read is only to see that the block is there.
  const [, ...sentInTurn] = readInTurn;
  t.equal(sentInTurn.length, HEIGHT);
  t.equal(new Set(sentInTurn).size, HEIGHT, 'no two were read in one turn');
});
