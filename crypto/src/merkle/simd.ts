import { fromBase64 } from '../encoding.ts';
import { HASH_BYTES } from '../hash-name.ts';

/** What assembly/level.ts exports: functions, and addresses and sizes in the memory they share with us. */
interface LevelExports {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global<'i32'>;
  readonly lengths: WebAssembly.Global<'i32'>;
  readonly digests: WebAssembly.Global<'i32'>;
  readonly MAX_MESSAGES: WebAssembly.Global<'i32'>;
  readonly INPUT_BYTES: WebAssembly.Global<'i32'>;
  hashLeaves(count: number): void;
  hashPairs(count: number): void;
}

/** A leaf's slot: prefix, leaf, 0x80 and length in whole blocks of 64 bytes, as `pad` in assembly/level.ts. */
function slotBytes(leaf: Uint8Array): number {
  return (leaf.length + 10 + 63) & ~63;
}

/** Hashes four messages at once. One level is one call, or several when it exceeds the module's memory. */
export class SimdLevels {
  readonly #exports: LevelExports;
  readonly #input: Uint8Array;
  readonly #lengths: Uint32Array;
  readonly #digests: Uint8Array;

  constructor(exports: LevelExports) {
    const { memory, input, lengths, digests, MAX_MESSAGES, INPUT_BYTES } = exports;
    this.#exports = exports;
    this.#input = new Uint8Array(memory.buffer, input.value, INPUT_BYTES.value);
    this.#lengths = new Uint32Array(memory.buffer, lengths.value, MAX_MESSAGES.value);
    this.#digests = new Uint8Array(memory.buffer, digests.value, MAX_MESSAGES.value * HASH_BYTES);
  }

  /**
   * Hashes leaves from the one at `start` on, as many as fit, into `hashes` at their places. Returns the index of
   * the first one left out, which is `start` for a leaf that is too large.
   */
  hashLeaves(leaves: readonly Uint8Array[], start: number, hashes: Uint8Array): number {
    const limit = Math.min(leaves.length, start + this.#lengths.length);
    let slot = 0;
    let end = start;
    for (; end < limit; end++) {
      const leaf = leaves[end];
      if (leaf === undefined) break;
      const next = slot + slotBytes(leaf);
      if (next > this.#input.length) break;
      this.#input.set(leaf, slot + 1);
      this.#lengths[end - start] = leaf.length;
      slot = next;
    }
    this.#exports.hashLeaves(end - start);
    hashes.set(this.#digests.subarray(0, (end - start) * HASH_BYTES), start * HASH_BYTES);
    return end;
  }

  /** Hashes the pairs in `nodes`, 64 bytes each, into `parents`, 32 bytes each. */
  hashPairs(nodes: Uint8Array, parents: Uint8Array): void {
    const chunkBytes = this.#lengths.length * 2 * HASH_BYTES;
    for (let start = 0; start < nodes.length; start += chunkBytes) {
      const chunk = nodes.subarray(start, start + chunkBytes);
      this.#input.set(chunk);
      this.#exports.hashPairs(chunk.length / (2 * HASH_BYTES));
      parents.set(this.#digests.subarray(0, chunk.length / 2), start / 2);
    }
  }
}

/**
 * Compiles a module of src/gen, synchronously: each is below the 4 KiB that older browsers allow on the main
 * thread. Undefined where WASM, its SIMD, or the page's content security policy does not let it run.
 */
export function loadSimdLevels(wasmBase64: string): SimdLevels | undefined {
  const wasm = fromBase64(wasmBase64);
  if (wasm === undefined || typeof WebAssembly === 'undefined') return undefined;
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
    // The module is ours: a test rebuilds it from assembly/, whose exports LevelExports repeats.
    return new SimdLevels(instance.exports as unknown as LevelExports);
  } catch {
    return undefined;
  }
}
