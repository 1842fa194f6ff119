import { equalBytes, hash } from '@hufu/crypto';
import { decodeEntry, isGovernanceItem, verify } from '@hufu/proof';
import type { Store } from '../../src/store/index.ts';
import { Violation } from './violation.ts';

/** More than any run's records. */
const PAGE = 256;
/** Bundles verified for each node. */
const BUNDLES = 4;

/**
 * At the end of a run: the log a node serves holds every record of every gateway once, in the order of its serials, exactly
 * as it was cut; it has the roots that the tip's header says; and bundles of its entries verify offline by the genesis
 * alone, across all epochs.
 */
export async function checkRecords(
  who: string,
  store: Store,
  genesisBytes: Uint8Array,
  gateways: readonly (readonly Uint8Array[])[],
): Promise<void> {
  const { chain } = store;
  const entries: Uint8Array[] = [];
  while (entries.length < chain.state.logSize) {
    const page = await chain.entries(entries.length, PAGE);
    if (page.length === 0) throw new Violation('records', `${who}: the log ends at ${entries.length}`);
    entries.push(...page.map(({ bytes }) => bytes));
  }
  const next = gateways.map(() => 0);
  for (const [index, bytes] of entries.entries()) {
    if (isGovernanceItem(bytes)) continue;
    const entry = decodeEntry(bytes);
    if (!entry.ok) throw new Violation('records', `${who}: entry ${index} does not decode`);
    const { gateway, serial } = entry.value;
    if (serial !== next[gateway]) throw new Violation('records', `${who}: serial ${serial} at ${index}`);
    const cut = gateways[gateway]?.[serial];
    if (cut === undefined || !equalBytes(cut, bytes)) {
      throw new Violation('records', `${who}: entry ${index} is not what gateway ${gateway} cut`);
    }
    next[gateway] = serial + 1;
  }
  for (const [gateway, records] of gateways.entries()) {
    if (next[gateway] !== records.length) {
      throw new Violation('records', `${who}: gateway ${gateway} has ${next[gateway]} of ${records.length}`);
    }
  }
  await checkProofs(who, store, genesisBytes, entries);
}

async function checkProofs(
  who: string,
  { chain }: Store,
  genesisBytes: Uint8Array,
  entries: readonly Uint8Array[],
): Promise<void> {
  const record = await chain.block(chain.state.tip.height);
  if (record === undefined || entries.length === 0) return;
  const [root] = (await chain.rootsAt(entries.length)) ?? [];
  if (root === undefined || !equalBytes(root, treeHash(entries))) {
    throw new Violation('log', `${who}: another root over ${entries.length} entries`);
  }
  for (let i = 0; i < BUNDLES; i++) {
    const index = Math.floor((i * (entries.length - 1)) / (BUNDLES - 1));
    const bundle = await chain.bundle(index);
    if (bundle === undefined) throw new Violation('bundle', `${who}: none of entry ${index}`);
    const { conclusion, steps } = verify(bundle, { trust: { genesis: genesisBytes } });
    if (conclusion === 'passed') continue;
    const bad = steps.find(({ status }) => status === 'failed');
    throw new Violation(
      'bundle',
      `${who}: entry ${index}: ${bad?.code ?? conclusion} ${bad?.problem?.code ?? ''}`,
    );
  }
}

/** RFC 9162, 2.1.1, as it is written there. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return hash('sha256', new Uint8Array(0));
  if (leaves.length === 1) return hash('sha256', Buffer.concat([Uint8Array.of(0), first]));
  let split = 1;
  while (2 * split < leaves.length) split *= 2;
  const [left, right] = [treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split))];
  return hash('sha256', Buffer.concat([Uint8Array.of(1), left, right]));
}
