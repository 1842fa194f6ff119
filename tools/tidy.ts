/** `node tools/tidy.ts`: checks the repository's own rules and prints every finding; exit code 1 if any. */
import { join } from 'node:path';
import { formatFinding } from './tidy/finding.ts';
import { readRepository } from './tidy/repository.ts';
import { tidy } from './tidy/rules/all.ts';

const findings = tidy(readRepository(join(import.meta.dirname, '..')));
for (const finding of findings) console.log(formatFinding(finding));
console.log(findings.length === 0 ? 'tidy: clean' : `tidy: ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
