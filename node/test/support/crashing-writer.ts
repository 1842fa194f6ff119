import { readFileSync, writeSync } from 'node:fs';
import { asHeight, asView, type Batch, type LogRecord } from '@hufu/consensus';
import { type ExecutedBlock, enterEpoch } from '../../src/ledger/index.ts';
import { openStore } from '../../src/store/index.ts';
import { actionOf } from './governance.ts';
import { TestChain } from './test-chain.ts';

/**
 * A process that writes to a store until it is killed. It reports on stdout what the store has promised, one line
 * each, and nothing that it has not: `log <epoch> <view>`, `batch <origin> <seq>`, `applied <height>`.
 *
 * Arguments: the data directory, and a file with the chain's keys.
 */

const [directory, keysPath] = process.argv.slice(2);
if (directory === undefined || keysPath === undefined) throw new Error('two arguments');
const chain = new TestChain({ keys: JSON.parse(readFileSync(keysPath, 'utf8')) });
const store = await openStore({ directory, genesisBytes: chain.genesisBytes });
if (store.condition.kind === 'damaged') throw new Error(store.condition.findings.join());
const { tip, batches } = await store.recovery();
chain.resume(
  store.chain.state,
  tip.origins.map((origin, i) => {
    // Batches held and not applied are left behind, as those of a view that was skipped: new ones follow them.
    const newest = batches.filter((each) => each.origin === i).sort((a, b) => b.seq - a.seq)[0];
    return newest === undefined ? origin : { nextSeq: newest.seq + 1, lastDigest: newest.digest };
  }),
);

function promise(line: string): void {
  writeSync(1, `${line}\n`);
}

async function log({ header: { epoch, view } }: ExecutedBlock): Promise<void> {
  const digest = new Uint8Array(32).fill(view % 251);
  const record: LogRecord = {
    type: 'vote',
    vote: { kind: 'notarize', view: asView(view), height: asHeight(view), digest },
  };
  await store.log.append([{ epoch, record }]);
  promise(`log ${epoch} ${view}`);
}

/** One submission of each gateway, or now and then an action that ends the epoch. */
function block(i: number): { readonly batch: Batch; readonly executed: ExecutedBlock } {
  if (i % 7 !== 6) return chain.extendWith(i % 4, 1 + (i % 90));
  const { parameters } = enterEpoch(chain.state).registry;
  const action = actionOf(chain, { parameters: { ...parameters, heartbeatMs: 1_000 + i } });
  const batch = chain.batch(i % 4, [action]);
  return { batch, executed: chain.extend([batch]) };
}

for (let i = 0; ; i++) {
  const { batch, executed } = block(i);
  const stored = store.batches.put([batch]).then(() => promise(`batch ${batch.origin} ${batch.seq}`));
  await Promise.all([stored, log(executed)]);
  await store.chain.apply([executed], chain.finalize(executed));
  promise(`applied ${executed.block.height}`);
}
