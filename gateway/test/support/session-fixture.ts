import { createHash } from 'node:crypto';
import { nodeClient } from '@hufu/api';
import { encodeEntry, encodeSubmission } from '@hufu/proof';
import type { Test } from 'tap';
import { Epochs } from '../../src/anchoring/epochs.ts';
import { NodeSession } from '../../src/anchoring/node-session.ts';
import { Outbox } from '../../src/anchoring/outbox.ts';
import { Registration } from '../../src/anchoring/registration.ts';
import type { SessionEnd } from '../../src/anchoring/session-end.ts';
import { type GatewayIdentity, loadIdentity } from '../../src/config/identity.ts';
import { openDatabase } from '../../src/db/database.ts';
import { DigestIndex } from '../../src/db/digest-index.ts';
import { EarlierFinder } from '../../src/intake/earlier.ts';
import { Journal } from '../../src/intake/journal.ts';
import type { NewRecord } from '../../src/intake/record.ts';
import { submissionSigner } from '../../src/intake/submission-signer.ts';
import { gatewayConfig } from './gateway-fixture.ts';
import type { ReferenceLedger } from './reference-ledger.ts';
import type { ReferenceNode } from './reference-node.ts';

/** The same text is the same record, so that under the same serial it is the same entry. */
function recordOf(text: string): NewRecord {
  return { digests: { sha256: createHash('sha256').update(text).digest() }, claimedTimeMs: 1_000 };
}

/** What a gateway's database has: records in submissions that are not final, and records that are in none. */
export interface Contents {
  readonly cut?: readonly (readonly string[])[];
  readonly uncut?: readonly string[];
}

/** A running session of one gateway with one node. */
export interface RunningSession {
  readonly end: Promise<SessionEnd>;
  /** Serials that became final, in the order in which they did. */
  readonly finalized: readonly number[];
  stop(): Promise<SessionEnd>;
}

/** Puts submissions of the network's gateway into the ledger, a block each, whatever any database has. */
export function anchorElsewhere(
  t: Test,
  ledger: ReferenceLedger,
  submissions: readonly (readonly string[])[],
): void {
  const identity = loadIdentity(gatewayConfig(t, ledger.network, []));
  const sign = submissionSigner(identity);
  const { gateway } = identity;
  for (const texts of submissions) {
    const firstSerial = ledger.nextSerial;
    const records = texts.map((text, at) =>
      encodeEntry({ claimedTimeMs: 0, ...recordOf(text), gateway, serial: firstSerial + at }),
    );
    const unsigned = { gateway, firstSerial, records };
    ledger.submit(encodeSubmission({ ...unsigned, signature: sign(unsigned) }));
    ledger.commit();
  }
}

/** Runs a session over a database with these contents; it is stopped after the test. */
export async function startSession(
  t: Test,
  ledger: ReferenceLedger,
  { url }: ReferenceNode,
  contents: Contents,
  stallMs = 60_000,
): Promise<RunningSession> {
  const config = gatewayConfig(t, ledger.network, [url]);
  const identity = loadIdentity(config);
  const database = await openDatabase(config.dataPath);
  const index = await DigestIndex.open(database, { onFailure: (error) => t.fail(String(error)) });
  const journal = await openJournal(t, identity, database, index);
  for (const texts of contents.cut ?? []) {
    await append(journal, texts);
    await journal.nextSubmission(1);
  }
  await append(journal, contents.uncut ?? []);
  const outbox = await Outbox.open(database, journal, { gateway: identity.gateway });
  const stop = new AbortController();
  const finalized: number[] = [];
  const end = new NodeSession({
    identity,
    database,
    journal,
    outbox,
    epochs: await Epochs.open(database, identity),
    registration: new Registration(identity, 1),
    node: nodeClient(url),
    stallMs,
    onFinalized: (all) => {
      for (const { submission } of all)
        finalized.push(...submission.records.map((_, at) => submission.firstSerial + at));
    },
  }).run(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await end;
    outbox.close();
    await journal.settle();
    await index.close();
    await database.destroy();
  });
  return {
    end,
    finalized,
    stop: () => {
      stop.abort();
      return end;
    },
  };
}

function openJournal(
  t: Test,
  identity: GatewayIdentity,
  database: Awaited<ReturnType<typeof openDatabase>>,
  index: DigestIndex,
): Promise<Journal> {
  return Journal.open(database, index, new EarlierFinder(database, index), {
    gateway: identity.gateway,
    maxQueuedRecords: 10_000,
    maxUnfinalizedRecords: 10_000,
    maxSubmissionRecords: 4_096,
    isDenied: () => false,
    sign: submissionSigner(identity),
    onCommit: () => {},
    onFailure: (error) => t.fail(String(error)),
    onLookUpFailure: (error) => t.fail(String(error)),
  });
}

async function append(journal: Journal, texts: readonly string[]): Promise<void> {
  if (texts.length === 0) return;
  const posted = await journal.append({ records: texts.map(recordOf), receivedAtMs: 1_000, apiKey: 1 });
  if (!posted.ok) throw new Error(posted.error);
}
