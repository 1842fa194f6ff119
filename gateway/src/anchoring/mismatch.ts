import type { CallError } from '@hufu/api';
import { equalBytes, toBase64 } from '@hufu/crypto';
import type { Database } from '../db/database.ts';
import { readEntries } from '../db/submission-store.ts';
import { type Asked, type Place, provePlace } from './place.ts';
import { conflict, describeCallError, lying, type SessionError, unusable } from './session-end.ts';
import { hasSerial, provenEntry } from './verification.ts';

/**
 * A submission is not where the node says: either the node lies, or it can prove that the ledger has others of our
 * records. The ledger applies a submission whole, its records one after the other. So where the first records stand
 * and the next position has something else, the ledger was given another submission than this database has. Always
 * throws SessionError; a conflict names the first serial that is not as here.
 */
export async function explainMisfit(asked: Asked, place: Place, signal: AbortSignal): Promise<never> {
  const { submission, firstIndex, header } = place;
  const { firstSerial, records } = submission;
  const isTooMany = async (count: number): Promise<boolean> => {
    const part = { ...place, submission: { ...submission, records: records.slice(0, count) } };
    return (await provePlace(asked, part, signal)) === undefined;
  };
  const standing = (await firstOf(1, records.length, isTooMany)) - 1;
  const serial = firstSerial + standing;
  const index = firstIndex + standing;
  const isEndOfLog = index >= header.header.logSize;
  if (standing > 0 && isEndOfLog) throw conflict(serial);
  if (!isEndOfLog) {
    const entry = await askEntry(asked, index, signal);
    // That the first record would be at this index is the node's word only: another gateway's entry proves nothing.
    const isInPlace = standing > 0 || (entry !== undefined && hasSerial(asked.identity, entry, serial));
    if (entry !== undefined && isInPlace && !isEqual(entry, records[standing])) throw conflict(serial);
  }
  throw lying(`serial ${serial} is not where the node says`);
}

/**
 * The node's ledger has serials that no submission of ours has yet. After a restored backup they may be records that
 * were cut only after it was made: then nothing is wrong. Throws SessionError when the ledger has other records, with
 * the first that differs, and when the node cannot prove that.
 */
export async function explainUncut(
  asked: Asked & { readonly database: Database },
  /** From the first serial that is not cut to the last that the ledger has or, if earlier, the first not given yet. */
  serials: { readonly first: number; readonly last: number },
  signal: AbortSignal,
): Promise<void> {
  const { identity, node, database } = asked;
  const look = async (serial: number) => {
    const found = await node.gatewayEntry({ gateway: identity.gateway, serial }, { signal });
    if (!found.ok) throw denied(`entry of serial ${serial}`, found.error);
    const [own] = await readEntries(database, serial, 1);
    const { index, entry } = found.value;
    return { index, own, differs: own === undefined || toBase64(own) !== entry };
  };
  const differs = async (serial: number): Promise<boolean> => (await look(serial)).differs;
  if (!(await differs(serials.last))) return;
  const serial = await firstOf(serials.first, serials.last, differs);
  const { index, own } = await look(serial);
  const entry = await askEntry(asked, index, signal);
  if (entry !== undefined && hasSerial(identity, entry, serial) && !isEqual(entry, own)) {
    throw conflict(serial);
  }
  throw lying(`serial ${serial} is not what the node says`);
}

/** The entry that the node proves to be in the log at this index. */
async function askEntry(
  { identity, node }: Asked,
  index: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const bundle = await node.bundle({ index }, { signal });
  if (!bundle.ok) throw denied(`bundle of index ${index}`, bundle.error);
  return provenEntry(identity, bundle.value, index);
}

/** The node has not what by its own words it must have, or did not answer. */
function denied(what: string, error: CallError): SessionError {
  const reason = `${what}: ${describeCallError(error)}`;
  const denies = error.kind === 'problem' && error.problem.code === 'entry-not-found';
  return denies ? lying(`it has no ${reason}`) : unusable(reason);
}

function isEqual(entry: Uint8Array, own: Uint8Array | undefined): boolean {
  return own !== undefined && equalBytes(entry, own);
}

/** The first number from `low` to `high` of which `test` is true. It must be true of all after it, and of `high`. */
async function firstOf(
  low: number,
  high: number,
  test: (number: number) => Promise<boolean>,
): Promise<number> {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await test(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
