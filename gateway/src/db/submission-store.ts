import type { Submission } from '@hufu/proof';
import type { Database } from './database.ts';

/** Encoded entries of the serials `firstSerial` … `firstSerial + count − 1`, as stored; fewer if there are fewer. */
export async function readEntries(
  database: Database,
  firstSerial: number,
  count: number,
): Promise<readonly Uint8Array[]> {
  const rows = await database
    .selectFrom('evidence')
    .select('entry')
    .where('serial', '>=', firstSerial)
    .where('serial', '<', firstSerial + count)
    .orderBy('serial')
    .execute();
  return rows.map(({ entry }) => entry);
}

/** The serial after the last record's, 0 when there is none. */
export async function readNextSerial(database: Database): Promise<number> {
  const row = await database
    .selectFrom('evidence')
    .select('serial')
    .orderBy('serial', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? 0 : row.serial + 1;
}

/** The serial after the last record that is in a submission. */
export async function readNextUncut(database: Database): Promise<number> {
  const row = await database
    .selectFrom('submission')
    .select(['first_serial', 'count'])
    .orderBy('first_serial', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? 0 : row.first_serial + row.count;
}

/** The first serial of a submission that is not final; `nextUncut` when all are. */
export async function readFinalizedBelow(database: Database, nextUncut: number): Promise<number> {
  const row = await database
    .selectFrom('submission')
    .select('first_serial')
    .where('first_index', 'is', null)
    .orderBy('first_serial')
    .limit(1)
    .executeTakeFirst();
  return row?.first_serial ?? nextUncut;
}

/** Fixes a submission before it is sent for the first time. */
export async function insertSubmission(database: Database, submission: Submission): Promise<void> {
  await database
    .insertInto('submission')
    .values({
      first_serial: submission.firstSerial,
      count: submission.records.length,
      signature: submission.signature,
      first_index: null,
      checkpoint_height: null,
      range_proof: null,
    })
    .execute();
}

/** The submissions that are not final, in order, with the records they were signed over. */
export async function readUnfinalized(database: Database, gateway: number): Promise<readonly Submission[]> {
  const rows = await database
    .selectFrom('submission')
    .select(['first_serial', 'count', 'signature'])
    .where('first_index', 'is', null)
    .orderBy('first_serial')
    .execute();
  const submissions: Submission[] = [];
  for (const { first_serial, count, signature } of rows) {
    const records = await readEntries(database, first_serial, count);
    if (records.length !== count) throw new Error(`submission ${first_serial} lacks records`);
    submissions.push({ gateway, firstSerial: first_serial, records, signature });
  }
  return submissions;
}

/** Replaces the signature of a submission that is not final: the records stay as they were fixed. */
export async function updateSignature(
  database: Database,
  { firstSerial, signature }: Submission,
): Promise<void> {
  await database
    .updateTable('submission')
    .set({ signature })
    .where('first_serial', '=', firstSerial)
    .where('first_index', 'is', null)
    .execute();
}

/** A certified header as verified: what it says is final. */
export interface StoredCheckpoint {
  readonly height: number;
  readonly header: Uint8Array;
  readonly certificates: Uint8Array;
}

/** Where a submission stands, proven by a checkpoint. */
export interface StoredAnchor {
  readonly firstSerial: number;
  readonly firstIndex: number;
  /** As range-proof-codec.ts packs it. */
  readonly rangeProof: Uint8Array;
}

/** Marks submissions final, in one transaction with the checkpoint that proves them. */
export async function markFinalized(
  database: Database,
  checkpoint: StoredCheckpoint,
  anchors: readonly StoredAnchor[],
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('checkpoint')
      .values(checkpoint)
      .onConflict((conflict) => conflict.column('height').doNothing())
      .execute();
    for (const { firstSerial, firstIndex, rangeProof } of anchors) {
      await transaction
        .updateTable('submission')
        .set({ first_index: firstIndex, checkpoint_height: checkpoint.height, range_proof: rangeProof })
        .where('first_serial', '=', firstSerial)
        .execute();
    }
  });
}
