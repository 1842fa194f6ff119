import fc from 'fast-check';
import t from 'tap';
import type { Message } from '../src/interface.ts';
import { asHeight, asValidatorIndex, asView } from '../src/types.ts';
import { LoneNode, PARAMETERS } from './support/lone-node.ts';

const number = fc.oneof(
  fc.integer({ min: -2, max: 6 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.NaN, 0.5, -1, 1e300, Number.POSITIVE_INFINITY),
);
const bytes = fc.uint8Array({ maxLength: 33 });
const digest = fc.oneof(bytes, fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(7)));
const view = number.map(asView);
const height = number.map(asHeight);
const signer = number.map(asValidatorIndex);
const digests = fc.array(digest, { maxLength: 3 });
const share = fc.record({ signer, signatures: fc.array(bytes, { maxLength: 3 }) });
const shares = fc.array(share, { maxLength: 5 });
const point = fc.record({ view, height, digests });
const ref = fc.record({ origin: signer, seq: number, digest });
const refs = fc.array(ref, { maxLength: 6 });
const input = { view, height, parent: point, timeMs: number, refs };
const notarization = fc.record({ kind: fc.constant('notarization' as const), view, height, digest, shares });
const nullification = fc.record({ kind: fc.constant('nullification' as const), view, shares });
const finalization = fc.record({ kind: fc.constant('finalization' as const), view, height, digests, shares });
const signatures = fc.array(bytes, { maxLength: 3 });

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant('proposal' as const),
    ...input,
    digests,
    justification: fc.option(fc.oneof(notarization, finalization)),
    nullifications: fc.array(nullification, { maxLength: 3 }),
    signature: bytes,
  }),
  fc.record({ kind: fc.constant('notarize' as const), view, height, digest, signer, signatures }),
  fc.record({ kind: fc.constant('nullify' as const), view, signer, signatures }),
  fc.record({ kind: fc.constant('finalize' as const), view, height, digests, signer, signatures }),
  notarization,
  nullification,
  finalization,
  fc.record({
    kind: fc.constant('batch' as const),
    origin: signer,
    seq: number,
    digest,
    prev: digest,
    payload: fc.uint8Array({ maxLength: 200 }),
    signature: bytes,
  }),
  fc.record({
    kind: fc.constant('acks' as const),
    held: fc.array(fc.record({ origin: signer, next: number }), { maxLength: 9 }),
  }),
  fc.record({ kind: fc.constant('status' as const), view, finalization: fc.option(finalization) }),
  fc.record({ kind: fc.constant('fetch-batch' as const), ref }),
  fc.record({ kind: fc.constant('fetch-blocks' as const), fromHeight: number }),
  fc.record({ kind: fc.constant('fetch-certificates' as const), fromView: view, toView: view }),
  fc.record({
    kind: fc.constant('blocks' as const),
    blocks: fc.array(fc.record({ ...input, digests }), { maxLength: 4 }),
    finalization,
  }),
);

t.test('nothing a peer sends makes the core throw, sign or finalize', async (t) => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), message), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (sent) => {
      const node = new LoneNode(4, 0);
      for (const [from, hostile] of sent) node.receive(from, hostile);
      const moved = node.of('finalized').length + node.of('store-batch').length;
      return node.state.view === 1 && moved === 0 && node.of('sign').length === 0;
    }),
    { numRuns: 400, seed: 1 },
  );
  t.pass('400 sequences');
});

t.test('nothing a peer may claim with valid signatures makes it throw either', async (t) => {
  const claims = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 6 })),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(claims, (sequence) => {
      const node = new LoneNode(4, 0);
      for (const [from, what, at] of sequence) {
        const block = node.proposal(at, { timeMs: node.nowMs + (what % 2) });
        if (what < 2) node.receive(from, block);
        else if (what < 4) node.receive(from, node.notarize(from, block));
        else if (what < 6) node.receive(from, node.finalize(from, block));
        else if (what < 7) node.receive(from, node.nullify(from, at));
        else if (what < 8) node.receive(from, { kind: 'status', view: block.view, finalization: null });
        else if (what < 9) node.receive(from, node.batch(from, at));
        else node.pass(at * 50);
      }
      return true;
    }),
    { numRuns: 200, seed: 2 },
  );
  t.pass('200 sequences');
});

t.test('verification is asked for once per signer, kind and view, and bounded per peer', async (t) => {
  const node = new LoneNode(4, 0);
  node.ignored.add('verify');
  node.receive(1, node.nullify(1, 1));
  node.receive(1, node.nullify(1, 1));
  t.equal(node.of('verify').length, 1);
  for (let at = 2; at < 2_000; at++) node.receive(1, node.nullification([1, 2, 3], at));
  t.equal(node.of('verify').length, 64);
  node.receive(2, node.nullify(2, 1));
  t.equal(node.of('verify').length, 65, 'of each peer apart');
});

t.test('what is known already is not verified again', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  const notarization = node.notarization([1, 2, 3], first);
  node.receive(1, first);
  node.receive(1, notarization);
  const before = node.of('verify').length;
  node.receive(2, notarization);
  node.receive(3, node.notarize(3, first));
  t.equal(node.of('verify').length, before);
  const next = node.proposal(2, { parent: first, timeMs: first.timeMs + 1, justification: notarization });
  node.receive(2, next);
  t.same(node.of('verify').at(-1)?.certificates, [], 'the embedded notarization is held here');
});

t.test('a vote is taken from its signer only', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.nullify(2, 1));
  t.same(node.reports('invalid-message'), [{ type: 'invalid-message', from: 1, code: 'vote-of-another' }]);
});

t.test('a peer that repeats its status does not make this node send without end', async (t) => {
  const node = new LoneNode(4, 0);
  node.receive(1, node.nullification([1, 2, 3], 1));
  node.effects.length = 0;
  const status = { kind: 'status', view: asView(1), finalization: null } as const;
  for (let i = 0; i < 100; i++) node.receive(1, status);
  t.equal(node.of('send').length, 1);
  node.pass(PARAMETERS.minDeltaMs);
  node.receive(1, status);
  t.equal(node.sent('nullification').length, 2);
});

t.test('of a leader that proposes without end in one view no more than one block is held', async (t) => {
  const node = new LoneNode(4, 0);
  const first = node.proposal(1);
  const proposals = Array.from({ length: 50 }, (_, index) =>
    node.proposal(1, { timeMs: first.timeMs + index }),
  );
  for (const proposal of proposals) node.receive(1, proposal);
  t.equal(node.state.blocks.size, 1);
  t.equal(node.reports('equivocation').length, 1);
  const removed = new LoneNode(4, 0);
  const falseDigests = first.digests.map(() => new Uint8Array(32).fill(9));
  removed.receive(1, removed.signed(1, { ...removed.proposal(1), digests: falseDigests }));
  for (const proposal of proposals) removed.receive(1, proposal);
  t.equal(removed.state.blocks.size, 0, 'nor when the first was not what it claimed');
});
