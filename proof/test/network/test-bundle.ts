import { hash, hashOf, utf8 } from '@hufu/crypto';
import { type Bundle, type Entry, encodeEntry, encodeHeader, inclusionPath } from '../../src/index.ts';
import { growLog } from '../log-reference.ts';
import { certify, type TestNetwork, testHeader, testNetwork } from './test-network.ts';

/** The file that the test bundles are about. */
export const CONTENT = utf8('虎符 Hufu: evidence to be anchored\n');

/** Record i of the gateway; the one of `CONTENT` is record 5 of the usual log. */
export function testRecord(i: number, content: Uint8Array = utf8(`record ${i}`)): Entry {
  return {
    gateway: 0,
    serial: i,
    digests: { sha256: hash('sha256', content), sm3: hash('sm3', content) },
    claimedTimeMs: Date.UTC(2026, 0, 2, 3, 4, 0, i),
  };
}

export interface TestCase {
  readonly network: TestNetwork;
  readonly leaves: readonly Uint8Array[];
  readonly bundle: Bundle;
}

export interface CaseOptions {
  readonly network?: TestNetwork;
  readonly size?: number;
  readonly indices?: readonly number[];
  readonly signers?: readonly number[];
}

export const CONTENT_INDEX = 5;

/** A true bundle over a log of `size` records. */
export function testCase(options: CaseOptions = {}): TestCase {
  const { network = testNetwork(), size = 11, indices = [CONTENT_INDEX], signers } = options;
  const leaves = Array.from({ length: size }, (_, i) =>
    encodeEntry(i === CONTENT_INDEX ? testRecord(i, CONTENT) : testRecord(i)),
  );
  const header = testHeader(network, leaves);
  const bundle: Bundle = {
    genesis: network.genesisBytes,
    records: indices.map((index) => recordOf(network, leaves, index)),
    logSize: size,
    header: encodeHeader(header),
    certificates: certify(network, header, signers),
    epochChain: [],
  };
  return { network, leaves, bundle };
}

/** The record at `index` with its paths in the log of all `leaves`. */
export function recordOf(
  network: TestNetwork,
  leaves: readonly Uint8Array[],
  index: number,
): Bundle['records'][number] {
  const paths = network.genesis.suites.map((suite) => {
    const name = hashOf(suite);
    return [name, inclusionPath(name, index, leaves.length, growLog(name, leaves, []).read)];
  });
  return { entry: leaves[index] ?? new Uint8Array(0), index, paths: Object.fromEntries(paths) };
}
