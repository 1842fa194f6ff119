import type { EpochDetail } from '@hufu/api';
import type { Result } from '@hufu/crypto';
import {
  type EpochPosition,
  type EpochStep,
  epochStepFromJson,
  genesisPosition,
  genesisValidatorSet,
  MAX_EPOCHS,
  type ValidatorSet,
  verifyEpochStep,
} from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Database } from '../db/database.ts';
import { packCertificates, unpackCertificates } from '../evidence/stored-proof.ts';

/**
 * The epochs of the chain as far as this gateway has verified them, each from the one before, beginning with the
 * genesis. It only grows; what is in memory is in the database.
 */
export class Epochs {
  readonly #database: Database;
  readonly #identity: GatewayIdentity;
  readonly #steps: EpochStep[] = [];
  /** Of each epoch known, by its number. */
  readonly #positions: EpochPosition[];

  private constructor(database: Database, identity: GatewayIdentity) {
    this.#database = database;
    this.#identity = identity;
    this.#positions = [genesisPosition(genesisValidatorSet(identity.genesis))];
  }

  /** Reads what earlier runs verified, and verifies it again. Throws for what they cannot have stored. */
  static async open(database: Database, identity: GatewayIdentity): Promise<Epochs> {
    const epochs = new Epochs(database, identity);
    const rows = await database.selectFrom('epoch_step').selectAll().orderBy('epoch').execute();
    for (const { epoch, header, certificates, validator_set } of rows) {
      const step = { header, certificates: unpackCertificates(certificates), validatorSet: validator_set };
      const position = epochs.#verify(step);
      if (!position.ok) throw new Error(`stored end of epoch ${epoch}: ${position.error}`);
      epochs.#add(step, position.value);
    }
    return epochs;
  }

  /** The newest epoch known. */
  get newest(): number {
    return this.#steps.length;
  }

  /** Who votes in an epoch; undefined for one not known yet. */
  validators(epoch: number): ValidatorSet | undefined {
    return this.#positions[epoch]?.validators;
  }

  /** The steps that prove the validators of a known epoch, for its bundles. */
  chainTo(epoch: number): readonly EpochStep[] {
    if (epoch > this.newest) throw new Error(`epoch ${epoch} is not known`);
    return this.#steps.slice(0, epoch);
  }

  /** Verifies how the newest epoch ended, as a node shows it, and keeps it. The error says what was wrong. */
  async extend(end: NonNullable<EpochDetail['end']>): Promise<Result<number, string>> {
    const step = epochStepFromJson(end);
    if (!step.ok) return refuse(`${step.error.code}: ${step.error.remark}`);
    const position = this.#verify(step.value);
    if (!position.ok) return position;
    const { header, certificates, validatorSet } = step.value;
    await this.#database
      .insertInto('epoch_step')
      .values({
        epoch: this.newest,
        header,
        certificates: packCertificates(certificates),
        validator_set: validatorSet,
      })
      .execute();
    this.#add(step.value, position.value);
    return { ok: true, value: this.newest };
  }

  #verify(step: EpochStep): Result<EpochPosition, string> {
    const before = this.#positions[this.newest];
    if (before === undefined) throw new Error('no position to go on from');
    // A bundle could not show more.
    if (this.newest === MAX_EPOCHS) return refuse(`more than ${MAX_EPOCHS} epochs`);
    const position = verifyEpochStep(this.#identity.chainId, before, step);
    return position.ok ? position : refuse(`${position.error.code}: ${position.error.remark}`);
  }

  #add(step: EpochStep, position: EpochPosition): void {
    this.#steps.push(step);
    this.#positions.push(position);
  }
}

function refuse(reason: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error: reason };
}
