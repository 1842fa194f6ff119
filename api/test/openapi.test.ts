import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { gatewayDocument, nodeDocument } from '../src/documents.ts';
import { ERRORS, gatewayRoutes, nodeRoutes, type RouteTable } from '../src/index.ts';

const documents = [
  ['gateway', gatewayDocument(), gatewayRoutes],
  ['node', nodeDocument(), nodeRoutes],
] as const;

for (const [name, document, routes] of documents) {
  t.test(`openapi/${name}.json is what the tables say (else: node api/openapi/write.ts)`, async (t) => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL(`../openapi/${name}.json`, import.meta.url), 'utf8'),
    );
    t.same(committed, document);
  });

  t.test(`every schema of ${name}.json compiles as JSON Schema 2020-12`, async (t) => {
    const ajv = new Ajv2020({
      strictSchema: true,
      strictTypes: false,
      allowUnionTypes: true,
      formats: { binary: true },
    });
    ajv.addKeyword('components');
    ajv.addSchema({ $id: 'doc', components: document.components });
    let schemas = 0;
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, member] of Object.entries(value)) {
        if (key === 'schema') {
          schemas += 1;
          const text = JSON.stringify(member).replaceAll('"#/', '"doc#/');
          ajv.compile(JSON.parse(text));
        } else visit(member);
      }
    };
    visit(document.paths);
    t.ok(schemas > Object.keys(routes).length);
  });

  t.test(`the tables of ${name} are sound`, async (t) => {
    const table: RouteTable = routes;
    const seen = new Set<string>();
    for (const [key, route] of Object.entries(table)) {
      t.notOk(seen.has(`${route.method} ${route.path}`), `${key} has an address of its own`);
      seen.add(`${route.method} ${route.path}`);
      const inPath = [...route.path.matchAll(/:([A-Za-z]+)/g)].map(([, parameter]) => parameter);
      t.same(inPath, Object.keys(route.params?.properties ?? {}), `${key} describes its path parameters`);
      for (const parameter of Object.keys(route.query?.properties ?? {})) {
        t.notOk(inPath.includes(parameter), `${key}: the client takes both in one object`);
      }
      for (const schema of [route.params, route.query]) {
        if (schema !== undefined) t.match(schema, { additionalProperties: false }, `${key} is closed`);
      }
    }
  });
}

t.test(
  'every error has a status that fits, words in both languages and a stable kebab-case code',
  async (t) => {
    for (const [code, entry] of Object.entries(ERRORS)) {
      t.match(code, /^[a-z]+(-[a-z]+)*$/);
      t.ok(entry.status >= 400 && entry.status < 600);
      for (const words of [entry.title, entry.remedy]) {
        t.match(words.zh, /[\u4e00-\u9fff]/, `${code} in Chinese`);
        t.match(words.en, /^[\x20-\x7e’]+$/, `${code} in English`);
      }
    }
  },
);
