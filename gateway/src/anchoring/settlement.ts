import type { BlockDetail, NodeClient } from '@hufu/api';
import type { ValidatorSet } from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Database } from '../db/database.ts';
import { markFinalized } from '../db/submission-store.ts';
import { packCertificates, packRangeProofs } from '../evidence/stored-proof.ts';
import type { Epochs } from './epochs.ts';
import { explainMisfit } from './mismatch.ts';
import type { Finalized, Outbox } from './outbox.ts';
import { type Place, type PlaceProof, provePlace } from './place.ts';
import { describeCallError, lying, unusable } from './session-end.ts';
import { readEpoch, type VerifiedHeader, verifyHeader } from './verification.ts';

/** What a node says about a submission: it is final, from this log index on, since this block. */
export interface PlaceClaim {
  readonly firstSerial: number;
  readonly firstIndex: number;
  readonly height: number;
}

/** Submissions settled under one header: bounds one transaction and the range proofs asked for at once. */
const MAX_SETTLED_AT_ONCE = 16;

/** A place as claimed and its proof. */
interface Proven {
  readonly place: Place;
  readonly proof: PlaceProof;
}

/** A place as claimed that is not the submission's. */
interface Misfit {
  readonly place: Place;
  readonly proof: undefined;
}

export interface SettlementOptions {
  readonly identity: GatewayIdentity;
  readonly database: Database;
  readonly epochs: Epochs;
  readonly outbox: Outbox;
  readonly node: NodeClient;
  readonly onFinalized: (finalized: readonly Finalized[]) => void;
}

/**
 * Turns a node's claims that submissions are final into proofs kept in the database. Nothing is believed: the
 * header must carry a quorum's signatures of every suite, and the range proof must lead from the records as
 * this gateway has them to the header's roots. Claims that come while one header is being verified share the
 * next one, so that under load the signatures are checked once for many submissions.
 */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #claims = new Map<number, PlaceClaim>();
  #changed = Promise.withResolvers<void>();
  #verified: VerifiedHeader | undefined;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** Takes a claim; it is settled by `run`. */
  claim(claim: PlaceClaim): void {
    if (this.#options.outbox.at(claim.firstSerial) === undefined) return;
    this.#claims.set(claim.firstSerial, claim);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  has(firstSerial: number): boolean {
    return this.#claims.has(firstSerial);
  }

  /** Settles claims as they come, until the signal is aborted. Throws SessionError. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = this.#changed.promise;
      // In the order of serials, so that a conflict is found where it begins.
      const claims = [...this.#claims.values()]
        .sort((a, b) => a.firstSerial - b.firstSerial)
        .slice(0, MAX_SETTLED_AT_ONCE);
      if (claims.length === 0) await untilAborted(changed, signal);
      else await this.#settle(claims, signal);
    }
  }

  async #settle(claims: readonly PlaceClaim[], signal: AbortSignal): Promise<void> {
    const { outbox, onFinalized } = this.#options;
    const height = Math.max(...claims.map((claim) => claim.height));
    const header = await this.#certifiedHeader(height, signal);
    const answers = await Promise.all(claims.map((claim) => this.#prove(claim, header, signal)));
    const judged = answers.filter((one) => one !== undefined);
    const proven = judged.filter((one) => one.proof !== undefined);
    if (proven.length > 0) {
      await this.#keep(header, proven);
      onFinalized(outbox.remove(proven.map(({ place }) => place.submission)));
    }
    // After the others, since it ends the session: what is proven is final whatever else is not.
    const misfit = judged.find(({ proof }) => proof === undefined);
    if (misfit !== undefined) await explainMisfit(this.#options, misfit.place, signal);
    for (const { firstSerial } of claims) this.#claims.delete(firstSerial);
  }

  async #keep(header: VerifiedHeader, proven: readonly Proven[]): Promise<void> {
    await markFinalized(
      this.#options.database,
      {
        height: header.header.height,
        header: header.headerBytes,
        certificates: packCertificates(header.certificates),
      },
      proven.map(({ place, proof }) => ({
        firstSerial: place.submission.firstSerial,
        firstIndex: place.firstIndex,
        rangeProof: packRangeProofs(proof),
      })),
    );
  }

  /** The verified header of this height or, where that block is final only through a later one, of the later. */
  async #certifiedHeader(height: number, signal: AbortSignal): Promise<VerifiedHeader> {
    if (this.#verified !== undefined && this.#verified.header.height >= height) return this.#verified;
    const { identity, node } = this.#options;
    let block = await node.block({ height }, { signal });
    if (block.ok && block.value.certificates.length === 0 && block.value.certifiedBy > height) {
      block = await node.block({ height: block.value.certifiedBy }, { signal });
    }
    if (!block.ok) throw unusable(`block ${height}: ${describeCallError(block.error)}`);
    // No proof is not a false one.
    if (block.value.certificates.length === 0) throw unusable(`block ${height}: it shows no certificate`);
    const validators = await this.#validatorsOf(block.value, signal);
    const verified = verifyHeader(identity, validators, block.value);
    if (!verified.ok) throw lying(`block ${height}: ${verified.error}`);
    if (verified.value.header.height < height) throw lying(`asked for block ${height}, got an earlier one`);
    this.#verified = verified.value;
    return verified.value;
  }

  /** Who votes in the block's epoch; epochs not known yet are learned from the node, each verified by the last. */
  async #validatorsOf(block: BlockDetail, signal: AbortSignal): Promise<ValidatorSet> {
    const { node, epochs } = this.#options;
    const { height } = block.header;
    const epoch = readEpoch(block);
    if (!epoch.ok) throw lying(`block ${height}: ${epoch.error}`);
    while (epochs.newest < epoch.value) {
      const ended = epochs.newest;
      const detail = await node.epoch({ epoch: ended }, { signal });
      if (!detail.ok) throw unusable(`epoch ${ended}: ${describeCallError(detail.error)}`);
      if (detail.value.end === null) throw unusable(`epoch ${ended}: it shows no end`);
      const extended = await epochs.extend(detail.value.end);
      if (!extended.ok) throw lying(`epoch ${ended}: ${extended.error}`);
    }
    const validators = epochs.validators(epoch.value);
    if (validators === undefined) throw new Error(`epoch ${epoch.value} is not known`);
    return validators;
  }

  async #prove(
    { firstSerial, firstIndex }: PlaceClaim,
    header: VerifiedHeader,
    signal: AbortSignal,
  ): Promise<Proven | Misfit | undefined> {
    const submission = this.#options.outbox.at(firstSerial);
    if (submission === undefined) return undefined;
    const place = { submission, firstIndex, header };
    return { place, proof: await provePlace(this.#options, place, signal) };
  }
}

/** Resolves with the promise or when the signal is aborted, whichever is first. */
function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
