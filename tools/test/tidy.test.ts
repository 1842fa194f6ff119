import t, { type Test } from 'tap';
import { repositoryOf } from '../tidy/repository.ts';
import { tidy } from '../tidy/rules/all.ts';
import { MAX_FILE_LINES, MAX_FUNCTION_LINES } from '../tidy/rules/sizes.ts';

/** A small tidy repository of three packages; each test plants one violation into it. */
const CLEAN: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    workspaces: ['crypto', 'consensus', 'node'],
    devDependencies: { tap: '1.0.0' },
  }),
  'ARCHITECTURE.md': 'crypto/ consensus/ node/',
  'crypto/package.json': JSON.stringify({ name: '@hufu/crypto' }),
  'crypto/tsconfig.json': '{}',
  'crypto/src/index.ts': 'export const a = 1;\n',
  'crypto/test/a.test.ts': `import t, { type Test } from 'tap';\nt.pass();\n`,
  'consensus/package.json': JSON.stringify({
    name: '@hufu/consensus',
    dependencies: { '@hufu/crypto': '0.1.0' },
  }),
  'consensus/tsconfig.json': JSON.stringify({ references: [{ path: '../crypto' }] }),
  'consensus/src/index.ts': `import { a } from '@hufu/crypto';\nexport const b = a;\n`,
  'node/package.json': JSON.stringify({
    name: '@hufu/node',
    dependencies: { '@hufu/crypto': '0.1.0', pino: '1.0.0' },
    devDependencies: { '@types/pino': '1.0.0' },
  }),
  'node/tsconfig.json': JSON.stringify({ references: [{ path: '../crypto' }] }),
  'node/src/main.ts': `import pino from 'pino';\nimport { rule } from './ledger/rule.ts';\npino(rule);\n`,
  'node/src/ledger/rule.ts': `import { a } from '@hufu/crypto';\nexport const rule = a;\n`,
};

/** What tidy says of the clean repository with one file replaced or added, as `rule: message`. */
function findingsWith(path: string, text: string): string[] {
  const files = new Map(Object.entries({ ...CLEAN, [path]: text }));
  return tidy(repositoryOf(files)).map((finding) => `${finding.rule}: ${finding.message}`);
}

/** Each row plants one text at one path; the findings must be exactly the expected ones, in order. */
type Row = readonly [path: string, text: string, ...expected: readonly RegExp[]];

function plant(t: Test, rows: readonly Row[]): void {
  for (const [path, text, ...expected] of rows) {
    const found = findingsWith(path, text);
    t.equal(found.length, expected.length, `${path}: ${text.slice(0, 60)}: number of findings`);
    t.match(found, expected, `${path}: ${text.slice(0, 60)}`);
  }
}

t.test('a repository that keeps the rules has no findings', async (t) => {
  const files = new Map(Object.entries(CLEAN));
  t.strictSame(tidy(repositoryOf(files)), []);
});

t.test('imports follow the arrows', async (t) => {
  plant(t, [
    ['consensus/src/x.ts', `import '@hufu/node';`, /^arrows: .*may import only: crypto/, /^manifests/],
    ['consensus/src/x.ts', `import type { N } from '@hufu/node';`, /^arrows: /, /^manifests/],
    ['consensus/src/x.ts', `export * from '../../crypto/src/index.ts';`, /leaves consensus/],
    ['consensus/src/x.ts', `import '@hufu/crypto/src/index.ts';`, /reaches inside/],
    ['consensus/src/x.ts', `import('../../node/src/main.ts');`, /leaves consensus/],
    ['consensus/src/x.ts', `export type T = import('../../crypto/src/index.ts').T;`, /leaves consensus/],
    ['consensus/src/x.ts', `import '../sim/world.ts';`, /product code imports test code/],
    ['node/src/ledger/x.ts', `import '../main.ts';`, /node\/src\/ledger may not import/],
    ['consensus/test/x.ts', `import '@hufu/consensus';`],
  ]);
});

t.test('pure folders are functions of their arguments', async (t) => {
  const path = 'consensus/src/x.ts';
  plant(t, [
    [path, 'export const f = () => Date.now();', /purity: Date\.now/],
    [path, 'export const f = () => new Date();', /purity: new Date/],
    [path, 'export const f = () => new Date(0);'],
    [path, 'export const f = () => Math.random();', /purity: Math\.random/],
    [path, 'export const f = () => globalThis.setTimeout;', /purity: setTimeout/],
    [path, 'setTimeout(() => 1, 1);', /purity: setTimeout/],
    [path, `import { x } from 'node:fs'; x();`, /purity: import of node:fs/],
    [path, 'console.log(1);', /purity: console/],
    [path, 'export const f = async () => 1;', /purity: async function/],
    [path, 'export interface A { readonly process: number; console(): void }'],
    [path, 'export const f = (a: { process: number }) => ({ fetch: a.process });'],
    [path, 'export const f = (document: string, { fetch }: { fetch: number }) => document + fetch;'],
    [path, 'export const f = () => document;', /purity: document/],
    ['node/src/ledger/x.ts', 'Date.now();', /purity: Date\.now/],
    ['node/src/x.ts', 'setTimeout(async () => Date.now(), 1);'],
    ['consensus/test/x.ts', 'setTimeout(async () => Date.now(), 1);'],
  ]);
});

t.test('files and functions have a limit, reached but not passed', async (t) => {
  const file = (lines: number): string => 'export {};\n'.repeat(lines);
  const fn = (lines: number): string => `export function f() {\n${'f();\n'.repeat(lines - 2)}}\n`;
  plant(t, [
    ['node/src/x.ts', file(MAX_FILE_LINES)],
    ['node/src/x.ts', file(MAX_FILE_LINES + 1), /sizes: 401 lines/],
    ['node/src/x.ts', fn(MAX_FUNCTION_LINES)],
    ['node/src/x.ts', fn(MAX_FUNCTION_LINES + 1), /sizes: function of 71 lines/],
    ['node/test/x.ts', file(MAX_FILE_LINES + 1)],
  ]);
});

t.test('nothing unfinished, silenced, machine-bound or cast without a reason', async (t) => {
  const path = 'node/src/x.ts';
  plant(t, [
    [path, ['// TO', 'DO later'].join(''), /leftovers: unfinished/],
    ['docs/x.md', ['/ho', 'me/somebody/x'].join(''), /leftovers: path of one machine/],
    ['docs/x.md', 'https://example.org/work/x and docs/work/x'],
    ['node/test/x.ts', `import t, { type Test } from 'tap';\nt.skip('x');`, /leftovers: t\.skip/],
    [path, 'export const f = (x: unknown) => x as string;', /leftovers: cast/],
    [path, '// The caller checked it.\nexport const f = (x: unknown) => x as string;'],
    [path, 'export const f = [1] as const;'],
    [path, 'export function asHeight(value: number): Height {\n  return value as Height;\n}'],
    [path, 'export const asHeight = (value: number, other: number) => value as Height;', /leftovers: cast/],
    ['package-lock.json', '{\n"resolved": "https://mirror.example/x.tgz"\n}', /leftovers: package resolved/],
    ['package-lock.json', '{\n"resolved": "https://registry.npmjs.org/x.tgz"\n}'],
  ]);
});

t.test('manifests, references and imports agree', async (t) => {
  const manifest = (dependencies: Record<string, string>): string =>
    JSON.stringify({ name: '@hufu/consensus', dependencies });
  plant(t, [
    ['node/src/x.ts', `import 'level';`, /manifests: level is not in dependencies of node/],
    ['node/src/x.ts', `import 'tap';`, /manifests: tap is not in dependencies of node/],
    ['node/test/x.ts', `import 'tap';`],
    ['tools/x.ts', `import 'tap';`],
    ['tools/x.ts', `import 'level';`, /manifests: level is not in devDependencies of package.json/],
    ['node/src/main.ts', 'export {};', /manifests: pino is declared and never imported/],
    ['consensus/package.json', manifest({}), /crypto is not in dep/, /references crypto, which is not/],
    ['consensus/tsconfig.json', '{}', /depends on crypto, which tsconfig.json does not reference/],
    ['ARCHITECTURE.md', 'crypto/ node/', /architecture: does not mention consensus\//],
  ]);
});
