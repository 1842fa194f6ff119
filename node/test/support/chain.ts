import {
  asHeight,
  asValidatorIndex,
  asView,
  type Batch,
  batchDigest,
  NO_BATCH_DIGEST,
} from '@hufu/consensus';
import { encodeBatchPayload } from '@hufu/proof';
import { applyBlock, verifySubmission } from '../../src/ledger/index.ts';
import type { ExecutedBlock } from '../../src/ledger/types.ts';
import { ProtocolSignatures } from '../../src/replica/signatures.ts';
import type { Store } from '../../src/store/types.ts';
import type { TestNetwork } from './network.ts';
import { prepareBatch } from './prepare-batch.ts';

/** Makes blocks of submissions final in a store, with real certificates of every validator. */
export class ChainBuilder {
  readonly #network: TestNetwork;
  readonly #store: Store;
  #previous: Batch | undefined;

  constructor(network: TestNetwork, store: Store) {
    this.#network = network;
    this.#store = store;
  }

  /** One block with one batch of the given encoded submissions; returns it once it is durable. */
  async block(...submissions: readonly Uint8Array[]): Promise<ExecutedBlock> {
    const batch = this.#batch(submissions);
    await this.#store.batches.put([batch]);
    const { state } = this.#store.chain;
    const input = {
      view: asView(state.tip.view + 1),
      height: asHeight(state.tip.height + 1),
      parent: { view: state.tip.view, height: state.tip.height, digests: state.tip.digests },
      timeMs: state.tip.timeMs + 1000,
      refs: [{ origin: batch.origin, seq: batch.seq, digest: batch.digest }],
    };
    const batches = [prepareBatch(batch.payload, state)];
    const executed = applyBlock(state, { input, batches }, verifySubmission);
    if (!executed.ok) throw new Error(executed.error.code);
    const { view, height, digests } = executed.value.block;
    const shares = this.#network.validators.map(({ signers }, index) => {
      const signatures = new ProtocolSignatures(state, asValidatorIndex(index), signers);
      const vote = signatures.sign({ kind: 'finalize', view, height, digests });
      if (vote.kind !== 'finalize') throw new Error(vote.kind);
      return { signer: vote.signer, signatures: vote.signatures };
    });
    await this.#store.chain.apply([executed.value], { kind: 'finalization', view, height, digests, shares });
    return executed.value;
  }

  #batch(submissions: readonly Uint8Array[]): Batch {
    const unsigned = {
      origin: asValidatorIndex(0),
      seq: this.#previous === undefined ? 0 : this.#previous.seq + 1,
      prev: this.#previous?.digest ?? NO_BATCH_DIGEST,
      payload: encodeBatchPayload(submissions),
    };
    const digest = batchDigest('sha256', unsigned);
    const signer = this.#network.validators[0]?.signers ?? [];
    const signed = new ProtocolSignatures(this.#store.chain.state, unsigned.origin, signer).sign({
      kind: 'batch',
      ...unsigned,
      digest,
    });
    if (signed.kind !== 'batch') throw new Error(signed.kind);
    this.#previous = { ...unsigned, digest, signature: signed.signature };
    return this.#previous;
  }
}
