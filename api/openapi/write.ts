/** Writes the committed documents from the route tables: `node api/openapi/write.ts`. */
import { writeFileSync } from 'node:fs';
import { gatewayDocument, nodeDocument } from '../src/documents.ts';

for (const [name, document] of [
  ['gateway', gatewayDocument()],
  ['node', nodeDocument()],
] as const) {
  writeFileSync(new URL(`./${name}.json`, import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
}
