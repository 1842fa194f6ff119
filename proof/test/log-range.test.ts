import { type HashName, hashLeaves, toHex, utf8 } from '@hufu/crypto';
import t from 'tap';
import { inclusionPath, rangeProof, rootAt } from '../src/log.ts';
import { inclusionFromRange, openRange, verifyRange } from '../src/log-range.ts';
import { growLog } from './log-reference.ts';
import { must } from './must.ts';

const MAX_SIZE = 70;
const leaves = Array.from({ length: MAX_SIZE }, (_, i) => utf8(`leaf ${i}`));
const hexes = (hashes: readonly Uint8Array[]): string => hashes.map(toHex).join();

for (const name of ['sha256', 'sm3'] satisfies HashName[]) {
  const log = growLog(name, leaves, []);
  const packed = hashLeaves(name, leaves);
  const roots = Array.from({ length: MAX_SIZE + 1 }, (_, size) => rootAt(name, size, log.read));
  // Native hashing is equally fast for both, but every range of every size is needed once only.
  const sizes =
    name === 'sha256' ? Array.from({ length: MAX_SIZE }, (_, i) => i + 1) : [1, 2, 7, 32, 33, 64, 70];

  t.test(`${name}: every range of every size leads to the root and holds each leaf's own path`, async (t) => {
    const paths = new Map<string, string>();
    const pathOf = (index: number, size: number): string => {
      const key = `${index}/${size}`;
      const known = paths.get(key) ?? hexes(inclusionPath(name, index, size, log.read));
      paths.set(key, known);
      return known;
    };
    let wrong = 0;
    for (const size of sizes) {
      const root = toHex(must(roots[size]));
      for (let first = 0; first < size; first++) {
        for (let count = 1; first + count <= size; count++) {
          const proof = rangeProof(name, first, count, size, log.read);
          const range = openRange(
            name,
            packed.subarray(first * 32, (first + count) * 32),
            first,
            proof,
            size,
          );
          if (range === undefined || toHex(range.root) !== root) wrong++;
          // The ends and the middle: every leaf of every range would be 60,000 paths a hash more.
          else {
            for (const index of new Set([first, first + Math.floor(count / 2), first + count - 1])) {
              if (hexes(inclusionFromRange(range, index)) !== pathOf(index, size)) wrong++;
            }
          }
        }
      }
    }
    t.equal(wrong, 0);
  });

  t.test(`${name}: a range proof with anything changed is refused`, async (t) => {
    let accepted = 0;
    for (let size = 1; size <= 12; size++) {
      const root = must(roots[size]);
      for (let first = 0; first < size; first++) {
        for (let count = 1; first + count <= size; count++) {
          const proof = rangeProof(name, first, count, size, log.read);
          const slice = packed.subarray(first * 32, (first + count) * 32);
          const accepts = (hashes: Uint8Array, at: number, path: readonly Uint8Array[], of = size): number =>
            Number(verifyRange(name, hashes, at, path, of, root));
          accepted += accepts(slice, first + 1, proof) + accepts(slice, first - 1, proof);
          accepted += accepts(slice, first, [...proof, root]);
          accepted += proof.length > 0 ? accepts(slice, first, proof.slice(1)) : 0;
          accepted += accepts(packed.subarray(0, 0), first, proof);
          accepted += accepts(slice.subarray(1), first, proof);
          for (const i of proof.keys()) {
            accepted += accepts(slice, first, proof.with(i, root));
            accepted += accepts(slice, first, proof.with(i, root.subarray(1)));
          }
          for (let i = 0; i < slice.length; i += 32) {
            const altered = slice.slice();
            altered[i] = (altered[i] ?? 0) ^ 1;
            accepted += accepts(altered, first, proof);
          }
        }
      }
    }
    t.equal(accepted, 0);
  });
}

t.test('malformed numbers and leaves outside the range', async (t) => {
  const hash = new Uint8Array(32);
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
    t.equal(openRange('sha256', hash, bad, [], 1), undefined);
    t.equal(openRange('sha256', hash, 0, [], bad), undefined);
  }
  const range = must(openRange('sha256', hash, 0, [hash], 2));
  t.strictSame(inclusionFromRange(range, 0), [hash]);
  t.throws(() => inclusionFromRange(range, 1), RangeError);
  t.throws(() => inclusionFromRange(range, 0.5), RangeError);
});
