import type { Connection } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import t, { type Test } from 'tap';
import { framePrefix } from '../../src/p2p/frames.ts';
import { MAX_FRAME_BYTES, MAX_QUEUED_BYTES, type TrafficClass } from '../../src/p2p/link.ts';
import { generatePeerKey, isPeerId, parsePeerKey } from '../../src/p2p/peer-key.ts';
import { PeerTransport } from '../../src/p2p/peer-transport.ts';

/** For a machine that has much else to do. */
t.setTimeout(120_000);

type Received = { peer: number; trafficClass: TrafficClass; frame: Uint8Array };

/** A transport that records what it hears and lets a test wait for a condition on it. */
class Peer {
  readonly key = generatePeerKey();
  readonly index: number;
  readonly received: Received[] = [];
  readonly connected = new Set<number>();
  connections = 0;
  disconnectReasons: string[] = [];
  accept: (frame: Uint8Array) => boolean = () => true;
  transport!: PeerTransport;
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  constructor(index: number) {
    this.index = index;
  }

  async start(others: readonly Peer[], listen = '/ip4/127.0.0.1/tcp/0'): Promise<void> {
    const indexOf = (peerId: string): number =>
      others.find(({ key }) => key.peerId === peerId)?.index ?? Number.NaN;
    this.transport = await PeerTransport.start(
      { privateKey: this.key.privateKey, listen, chainTag: 'test', retireMs: 10 },
      {
        onFrame: (peer, trafficClass, frame) => {
          if (!this.accept(frame)) return false;
          this.received.push({ peer: indexOf(peer), trafficClass, frame });
          this.#check();
          return true;
        },
        onConnected: (peer) => {
          this.connected.add(indexOf(peer));
          this.connections += 1;
          this.#check();
        },
        onDisconnected: (peer, reason) => {
          this.connected.delete(indexOf(peer));
          this.disconnectReasons.push(reason);
          this.#check();
        },
      },
    );
    this.meet(others);
  }

  /** Of two peers the one with the lower index dials. */
  meet(others: readonly Peer[]): void {
    this.transport.setPeers(
      others.map(({ index, key, transport }) => ({
        peerId: key.peerId,
        address: this.index < index ? transport?.addresses[0] : undefined,
      })),
    );
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ condition, resolve });
      this.#check();
    });
  }

  #check(): void {
    const done = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }
}

/** Peers 0 … n−1, connected all to all. Higher indexes listen first since lower ones dial. */
async function connectedPeers(t: Test, n: number): Promise<Peer[]> {
  const peers = Array.from({ length: n }, (_, index) => new Peer(index));
  for (const peer of [...peers].reverse()) {
    await peer.start(peers.filter((other) => other !== peer));
    t.teardown(() => peer.transport.stop());
  }
  await Promise.all(peers.map((peer) => peer.until(() => peer.connected.size === n - 1)));
  return peers;
}

t.test('a peer key round-trips through its file format and anything else is refused', async (t) => {
  const { privateKey, peerId } = generatePeerKey();
  t.equal(parsePeerKey(privateKey)?.peerId, peerId);
  t.ok(isPeerId(peerId));
  t.notOk(isPeerId(`${peerId}x`));
  t.notOk(isPeerId(''));
  t.equal(parsePeerKey(privateKey.subarray(1)), undefined);
  t.equal(parsePeerKey(new Uint8Array(0)), undefined);
});

t.test(
  'registered peers connect once per pair; frames arrive in order, whole, on both classes',
  async (t) => {
    const peers = await connectedPeers(t, 4);
    const sizes = [1, 10, 65_536, 1_000_000, 3, MAX_FRAME_BYTES];
    for (const peer of peers) {
      for (const [position, size] of sizes.entries()) {
        const frame = new Uint8Array(size).fill(position + 1);
        for (const other of peers) {
          peer.transport.send(other.key.peerId, 'bulk', frame);
          peer.transport.send(other.key.peerId, 'control', frame.subarray(0, 100));
        }
      }
    }
    for (const peer of peers) {
      await peer.until(() => peer.received.length === 3 * 2 * sizes.length);
      t.equal(peer.connections, 3);
      for (const other of peers) {
        if (other === peer) continue;
        const from = peer.received.filter((received) => received.peer === other.index);
        const bulk = from.filter((received) => received.trafficClass === 'bulk');
        t.strictSame(
          bulk.map(({ frame }) => frame.length),
          sizes,
        );
        t.ok(bulk.every(({ frame }, position) => frame.every((byte) => byte === position + 1)));
      }
    }
  },
);

t.test('two peers flooding each other at once do not block each other', async (t) => {
  const [a, b] = await connectedPeers(t, 2);
  if (a === undefined || b === undefined) throw new Error('two peers');
  const frame = new Uint8Array(1024 * 1024).fill(5);
  for (let round = 0; round < 4; round += 1) {
    for (let i = 0; i < 24; i += 1) {
      a.transport.send(b.key.peerId, 'bulk', frame);
      b.transport.send(a.key.peerId, 'bulk', frame);
    }
    const expected = 24 * (round + 1);
    await a.until(() => a.received.length === expected);
    await b.until(() => b.received.length === expected);
  }
  t.equal(a.transport.counters.droppedFrames + b.transport.counters.droppedFrames, 0);
});

t.test('a peer that does not read costs a bounded queue, and control still flows', async (t) => {
  const [a, b] = await connectedPeers(t, 2);
  if (a === undefined || b === undefined) throw new Error('two peers');
  b.transport.pauseBulk(true);
  const frame = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 64; i += 1) a.transport.send(b.key.peerId, 'bulk', frame);
  t.ok(a.transport.counters.droppedFrames > 0);
  t.ok(a.transport.queuedBytes <= MAX_QUEUED_BYTES.bulk);
  a.transport.send(b.key.peerId, 'control', new Uint8Array([1]));
  await b.until(() => b.received.some(({ trafficClass }) => trafficClass === 'control'));
  const delivered = 64 - a.transport.counters.droppedFrames;
  b.transport.pauseBulk(false);
  await b.until(() => b.received.filter(({ trafficClass }) => trafficClass === 'bulk').length === delivered);
  t.equal(a.transport.queuedBytes, 0);
});

t.test('an unregistered peer is refused before any protocol is spoken', async (t) => {
  const [registered] = await connectedPeers(t, 1);
  if (registered === undefined) throw new Error('one peer');
  const stranger = new Peer(-1);
  await stranger.start([registered]);
  t.teardown(() => stranger.transport.stop());
  while (registered.transport.counters.refusedConnections < 2) await new Promise(setImmediate);
  t.equal(registered.connections, 0);
  t.equal(stranger.connections, 0);
});

t.test('a peer with the wrong key at a registered address is not connected to', async (t) => {
  const expected = new Peer(1);
  const impostor = new Peer(1);
  const dialler = new Peer(0);
  await impostor.start([dialler]);
  t.teardown(() => impostor.transport.stop());
  expected.transport = impostor.transport;
  await dialler.start([expected]);
  t.teardown(() => dialler.transport.stop());
  while (dialler.transport.counters.failedDials < 2) await new Promise(setImmediate);
  t.equal(dialler.connections, 0);
});

t.test('a malformed frame closes the connection, is counted, and the peer may return', async (t) => {
  const [a, b] = await connectedPeers(t, 2);
  if (a === undefined || b === undefined) throw new Error('two peers');
  b.accept = (frame) => frame[0] !== 0xff;
  a.transport.send(b.key.peerId, 'control', new Uint8Array([0xff]));
  await b.until(() => b.disconnectReasons.includes('malformed-frame'));
  t.equal(b.transport.counters.malformedFrames, 1);
  await b.until(() => b.connected.has(0));
  await a.until(() => a.connected.has(1));
  a.transport.send(b.key.peerId, 'control', new Uint8Array([1]));
  await b.until(() => b.received.length === 1);
});

/** A libp2p node with the key of a registered peer, to do with it what our transport never does. */
async function hostileNode(t: Test, peer: Peer): Promise<Libp2p> {
  const key = parsePeerKey(peer.key.privateKey);
  if (key === undefined) throw new Error('a peer has a key');
  const libp2p = await createLibp2p({
    privateKey: key.key,
    transports: [tcp()],
    connectionEncrypters: [tls()],
    streamMuxers: [yamux()],
  });
  t.teardown(() => libp2p.stop());
  return libp2p;
}

t.test('connections that open no streams are given up for the next one of the same peer', async (t) => {
  const victim = new Peer(1);
  const hostile = new Peer(0);
  await victim.start([hostile]);
  t.teardown(() => victim.transport.stop());
  const libp2p = await hostileNode(t, hostile);
  const address = multiaddr(victim.transport.addresses[0]);
  let last: Connection | undefined;
  const closed: Promise<unknown>[] = [];
  for (let i = 0; i < 10; i += 1) {
    const connection = await libp2p.dial(address, { force: true });
    if (last !== undefined) closed.push(closedOf(last));
    last = connection;
  }
  await Promise.all(closed);
  await last?.newStream('/hufu/test/control/1');
  await last?.newStream('/hufu/test/bulk/1');
  await victim.until(() => victim.connected.has(0));
});

function closedOf(connection: Connection): Promise<unknown> {
  if (connection.status !== 'open') return Promise.resolve();
  return new Promise((resolve) => {
    connection.addEventListener('close', resolve);
  });
}

t.test('a frame announced beyond the limit closes the connection before its bytes are taken', async (t) => {
  const victim = new Peer(1);
  const hostile = new Peer(0);
  await victim.start([hostile]);
  t.teardown(() => victim.transport.stop());
  const libp2p = await hostileNode(t, hostile);
  const connection = await libp2p.dial(multiaddr(victim.transport.addresses[0]));
  const control = await connection.newStream('/hufu/test/control/1');
  await connection.newStream('/hufu/test/bulk/1');
  await victim.until(() => victim.connected.has(0));
  control.send(framePrefix(MAX_FRAME_BYTES + 1));
  await victim.until(() => victim.disconnectReasons.length === 1);
  t.match(victim.disconnectReasons[0], /^frame-too-large/);
});

t.test('a restarted peer is reached again without help', async (t) => {
  const [a, b] = await connectedPeers(t, 2);
  if (a === undefined || b === undefined) throw new Error('two peers');
  const [address] = b.transport.addresses;
  await b.transport.stop();
  await a.until(() => a.connected.size === 0);
  b.connected.clear();
  await b.start([a], address);
  await a.until(() => a.connected.has(1));
  await b.until(() => b.connected.has(0));
  b.transport.send(a.key.peerId, 'bulk', new Uint8Array([1]));
  await a.until(() => a.received.length === 1);
});

t.test('an address in use is named', async (t) => {
  const [taken] = await connectedPeers(t, 1);
  const [address = ''] = taken?.transport.addresses ?? [];
  await t.rejects(new Peer(5).start([], address), { message: `cannot listen on ${address}` });
});

t.test('a peer that is none any more loses its connection, and a new one is dialled', async (t) => {
  const [a, b, c] = await connectedPeers(t, 3);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three peers');
  a.meet([b]);
  await c.until(() => !c.connected.has(0));
  t.ok(a.connected.has(1), 'the others keep theirs');
  t.equal(a.connections, 2);
  a.meet([b, c]);
  await a.until(() => a.connected.has(2));
  await c.until(() => c.connected.has(0));
});

t.test('two peers that both think they dial end with one connection that holds', async (t) => {
  const [a, b] = await connectedPeers(t, 2);
  if (a === undefined || b === undefined) throw new Error('two peers');
  b.transport.setPeers([{ peerId: a.key.peerId, address: a.transport.addresses[0] }]);
  a.transport.send(b.key.peerId, 'control', new Uint8Array([1]));
  await b.until(() => b.received.length === 1);
  t.equal(b.connections, 1, 'the one there is will do');
});
