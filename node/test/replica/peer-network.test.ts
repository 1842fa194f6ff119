import {
  asEpoch,
  asHeight,
  asValidatorIndex,
  asView,
  blockIdOf,
  type Message,
  NO_BATCH_DIGEST,
} from '@hufu/consensus';
import t, { type Test } from 'tap';
import type { TrafficClass } from '../../src/p2p/link.ts';
import { generatePeerKey } from '../../src/p2p/peer-key.ts';
import { PeerTransport } from '../../src/p2p/peer-transport.ts';
import { PeerNetwork, type PeerNetworkHandlers, trafficClassOf } from '../../src/replica/peer-network.ts';
import { type AnyMessage, encodeMessage } from '../../src/wire/index.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

const VOTE: Message = {
  kind: 'nullify',
  view: asView(3),
  signer: asValidatorIndex(0),
  signatures: [new Uint8Array(64)],
};
const BATCH: Message = {
  kind: 'batch',
  origin: asValidatorIndex(0),
  seq: 0,
  digest: new Uint8Array(32).fill(1),
  prev: NO_BATCH_DIGEST,
  payload: new Uint8Array(1000).fill(7),
  signature: new Uint8Array(64),
};

interface Received {
  readonly from: string;
  readonly epoch: number;
  readonly message: AnyMessage;
  readonly sizeBytes: number;
}

/** A validator, which records, and whoever is given the key of the observer that it lets in. */
async function startListener(t: Test): Promise<{
  readonly peerId: string;
  readonly address: string;
  readonly transport: PeerTransport;
  readonly dialler: ReturnType<typeof generatePeerKey>;
  readonly received: Received[];
  next(): Promise<void>;
}> {
  const own = generatePeerKey();
  const dialler = generatePeerKey();
  const received: Received[] = [];
  let wake = (): void => {};
  const handlers: PeerNetworkHandlers = {
    onMessage(from, { epoch, message }, sizeBytes) {
      received.push({ from, epoch, message, sizeBytes });
      wake();
    },
    onConnected: () => {},
    onDisconnected: () => wake(),
  };
  const network = new PeerNetwork({
    privateKey: own.privateKey,
    listen: '/ip4/127.0.0.1/tcp/0',
    self: own.peerId,
    chainTag: 'test',
    addresses: new Map(),
    observers: [dialler.peerId],
  });
  network.meet([own.peerId]);
  const transport = await network.start(handlers);
  t.teardown(() => network.stop());
  const [address = ''] = transport.addresses;
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return { peerId: own.peerId, address, transport, dialler, received, next };
}

t.test('messages arrive as they were sent, whatever their class', async (t) => {
  const listener = await startListener(t);
  const network = new PeerNetwork({
    privateKey: listener.dialler.privateKey,
    listen: '/ip4/127.0.0.1/tcp/0',
    self: listener.dialler.peerId,
    chainTag: 'test',
    addresses: new Map([[listener.peerId, listener.address]]),
    observers: [],
  });
  t.teardown(() => network.stop());
  network.meet([listener.peerId]);
  const epoch = asEpoch(7);
  network.send([listener.peerId], { epoch, message: VOTE });
  await new Promise<void>((resolve, reject) => {
    network
      .start({ onMessage: () => {}, onConnected: () => resolve(), onDisconnected: () => {} })
      .catch(reject);
  });
  const first = listener.next();
  network.send([listener.dialler.peerId, listener.peerId], { epoch, message: VOTE });
  await first;
  const second = listener.next();
  network.send([listener.peerId], { epoch, message: BATCH });
  await second;
  t.strictSame(
    listener.received.map(({ message }) => message.kind),
    ['nullify', 'batch'],
  );
  t.match(listener.received[1], { from: listener.dialler.peerId, epoch: 7, message: { seq: 0 } });
  t.ok((listener.received[1]?.sizeBytes ?? 0) > 1000);
});

/** Each on a connection of its own. */
const MALFORMED: readonly [name: string, trafficClass: TrafficClass, frame: Uint8Array][] = [
  ['bytes that are no message', 'control', new Uint8Array([0xff, 0xff, 1])],
  [
    'a batch on the stream that is always read',
    'control',
    encodeMessage({ epoch: asEpoch(0), message: BATCH }),
  ],
  ['a vote on the stream of what is large', 'bulk', encodeMessage({ epoch: asEpoch(0), message: VOTE })],
];

for (const [name, trafficClass, frame] of MALFORMED) {
  t.test(`${name}: the connection is closed, and nobody hears of it`, async (t) => {
    const listener = await startListener(t);
    const heard = listener.next();
    const hostile: PeerTransport = await PeerTransport.start(
      {
        privateKey: listener.dialler.privateKey,
        listen: '/ip4/127.0.0.1/tcp/0',
        chainTag: 'test',
      },
      {
        onFrame: () => true,
        onConnected: (peer) => queueMicrotask(() => hostile.send(peer, trafficClass, frame)),
        onDisconnected: () => {},
      },
    );
    hostile.setPeers([{ peerId: listener.peerId, address: listener.address }]);
    t.teardown(() => hostile.stop());
    await heard;
    t.strictSame(listener.received, []);
    t.ok(listener.transport.counters.malformedFrames >= 1);
  });
}

t.test('only batches, blocks and what answers a node that is an epoch behind are bulk', async (t) => {
  const point = { view: asView(1), height: asHeight(1), digests: [new Uint8Array(32)] };
  const finalization = { kind: 'finalization', ...point, shares: [] } as const;
  const control: AnyMessage[] = [
    VOTE,
    finalization,
    { kind: 'acks', held: [] },
    { kind: 'status', view: asView(1), finalization: null },
    { kind: 'fetch-proposal', view: asView(1), id: blockIdOf(new Uint8Array(32)) },
    { kind: 'fetch-blocks', fromHeight: 1 },
    { kind: 'fetch-epochs', from: asEpoch(0) },
    { kind: 'fetch-snapshot', epoch: asEpoch(1) },
    { kind: 'fetch-state-chunk', epoch: asEpoch(1), first: 0 },
  ];
  const bulk: AnyMessage[] = [
    BATCH,
    { kind: 'blocks', blocks: [], finalization },
    { kind: 'epochs', from: asEpoch(0), ends: [] },
    { kind: 'snapshot', epoch: asEpoch(1), leafCount: 1, edges: [] },
    { kind: 'state-chunk', epoch: asEpoch(1), first: 0, leaves: [], paths: [] },
  ];
  for (const message of control) t.equal(trafficClassOf(message), 'control', message.kind);
  for (const message of bulk) t.equal(trafficClassOf(message), 'bulk', message.kind);
});
