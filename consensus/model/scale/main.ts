import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Cluster, Costs, signatureCosts } from './cluster.ts';

const WARM_UP_VIEWS = 20;
const SIGNATURES = 2_000;

const USAGE = `npm run scale -w @hufu/consensus -- [--n LIST] [--views N]

What a view costs each of n validators when nothing goes wrong: the real core, every signature made and verified.

  --n      validators, one number or several with commas (4,7,16,31)
  --views  measured views, after ${WARM_UP_VIEWS} to warm up (200)`;

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '4,7,16,31' },
    views: { type: 'string', default: '200' },
    help: { type: 'boolean', default: false },
  },
});

function measure(n: number, views: number): Costs {
  const cluster = new Cluster(n);
  cluster.runUntil(WARM_UP_VIEWS);
  cluster.costs = new Costs();
  cluster.runUntil(WARM_UP_VIEWS + views);
  return cluster.costs;
}

/** One row of the table: per view and node. */
function row(n: number, views: number): string {
  const costs = measure(n, views);
  const each = (sum: number, digits: number): string => (sum / views / n).toFixed(digits);
  const [ed25519 = 0, sm2 = 0] = costs.verified;
  const certificates = (costs.bytesOf.get('notarization') ?? 0) + (costs.bytesOf.get('proposal') ?? 0);
  return [
    n,
    each(costs.coreUs / 1_000, 2),
    each(costs.signUs / 1_000, 2),
    each(costs.verifyUs / 1_000, 2),
    each(ed25519, 1),
    each(sm2, 1),
    each(costs.messages, 0),
    each(costs.bytes / 1_000, 1),
    each(certificates / 1_000, 1),
  ].join(' | ');
}

function main(): void {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const cores = cpus();
  console.log(`${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`);
  for (const suite of ['ed25519-sha256', 'sm2-sm3'] as const) {
    const { signUs, verifyUs } = signatureCosts(suite, SIGNATURES);
    console.log(`${suite}: ${signUs.toFixed(0)} µs to sign, ${verifyUs.toFixed(0)} µs to verify`);
  }
  console.log('\nper view and node\n');
  console.log(
    'n | core ms | sign ms | verify ms | Ed25519 checks | SM2 checks | messages | kB sent | of it certificates',
  );
  console.log('--- | --- | --- | --- | --- | --- | --- | --- | ---');
  for (const n of values.n.split(',').map(Number)) console.log(row(n, Number(values.views)));
}

main();
