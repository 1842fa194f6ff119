import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { report } from './report.ts';
import { type Plan, run } from './run.ts';

/** `npm run bench [-- --out DIR] [--rounds N] [--records N] [--seconds N]`. The report goes to stdout as well. */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '..', 'results') },
    rounds: { type: 'string', default: '3' },
    records: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '10' },
  },
});
const plan: Plan = {
  records: Number(values.records),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  connections: 64,
  streams: 4,
  linesPerBody: 5_000,
  latencySamples: 100,
};
const results = await run(plan, (text) => console.error(text));
mkdirSync(values.out, { recursive: true });
const name = `${results.machine.date.slice(0, 10)}-${results.machine.cores}-cores`;
writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(join(values.out, `${name}.md`), report(results));
console.log(report(results));
