import { readFileSync } from 'node:fs';
import t from 'tap';
import { GENERATED, generate } from '../../build-wasm.ts';
import { SHA256_WASM, SM3_WASM } from '../../src/gen/merkle-wasm.ts';
import { hashLeaves, hashPairs } from '../../src/merkle/levels.ts';
import { hashLeaf, hashPairsInto } from '../../src/merkle/scalar.ts';
import { loadSimdLevels } from '../../src/merkle/simd.ts';

t.test('the committed modules are what assembly/ compiles to', async (t) => {
  t.equal(await generate(), readFileSync(GENERATED, 'utf8'), 'else: npm run build:wasm -w crypto');
});

t.test('each module is below the 4 KiB that every browser compiles synchronously', async (t) => {
  for (const wasm of [SM3_WASM, SHA256_WASM]) t.ok(Buffer.from(wasm, 'base64').length < 4096);
});

t.test('both modules load here, so the other tests of levels are of SIMD', async (t) => {
  t.ok(loadSimdLevels(SM3_WASM));
  t.ok(loadSimdLevels(SHA256_WASM));
});

t.test('without SIMD, or WASM at all, there is no module', async (t) => {
  t.equal(loadSimdLevels('AAAA'), undefined, 'a module that the engine refuses');
  t.equal(loadSimdLevels('not base64'), undefined);
  const webAssembly = globalThis.WebAssembly;
  t.teardown(() => Object.assign(globalThis, { WebAssembly: webAssembly }));
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  t.equal(loadSimdLevels(SM3_WASM), undefined);
});

t.test('the scalar way gives the same hashes', async (t) => {
  const leaves = Array.from({ length: 9 }, (_, i) => new Uint8Array(i * 25).fill(i));
  for (const name of ['sm3', 'sha256'] as const) {
    const level = hashLeaves(name, leaves);
    t.equal(Buffer.concat(leaves.map((leaf) => hashLeaf(name, leaf))).compare(level), 0);
    const nodes = level.subarray(0, 256);
    const parents = new Uint8Array(128);
    hashPairsInto(name, nodes, parents);
    t.equal(Buffer.compare(parents, hashPairs(name, nodes)), 0);
  }
});
