import { asEpoch, type Epoch } from '@hufu/consensus';
import { equalBytes, err, fromUtf8, ok, type Result, readU64be, type SuiteName, toHex } from '@hufu/crypto';
import {
  checkRegistry,
  type GenesisGateway,
  type GenesisParameters,
  type GenesisValidator,
  type Member,
  ROLES,
  type Role,
} from '@hufu/proof';
import { gatewayStates } from './epoch.ts';
import { type LeafKind, leafPrefix, type StateContents } from './state-leaves.ts';

/**
 * The state whose leaves these are, only if `stateLeaves` gives the very same for it and a document could state its
 * registry. The error is a remark. Never throws.
 */
export function parseStateLeaves(
  leaves: readonly Uint8Array[],
  suites: readonly SuiteName[],
): Result<StateContents, string> {
  const reader = new StateReader(leaves);
  const first = reader.one('parameters', readParameters);
  const members = reader.all('member', readMember);
  const validators = reader.all('validator', (fields, position) => readValidator(fields, position, suites));
  const gateways = reader.all('gateway', (fields, position) => readGateway(fields, position, suites));
  const fault = reader.finish();
  if (first === undefined || fault !== undefined) return err(fault ?? 'no parameters');
  const { epoch, parameters } = first;
  const registry = checkRegistry(suites, {
    members,
    validators,
    gateways: gateways.map(({ registered }) => registered),
    parameters,
  });
  if (!registry.ok) return registry;
  const states = gatewayStates(registry.value.gateways, (index) => gateways[index]?.nextSerial);
  return ok({ epoch, registry: registry.value, gateways: states });
}

interface EpochParameters {
  readonly epoch: Epoch;
  readonly parameters: GenesisParameters;
}

function readParameters(fields: FieldReader): EpochParameters {
  return {
    epoch: asEpoch(fields.uint()),
    parameters: {
      minDeltaMs: fields.uint(),
      maxDeltaMs: fields.uint(),
      maxClockSkewMs: fields.uint(),
      heartbeatMs: fields.uint(),
      maxBlockBatches: fields.uint(),
      maxBatchBytes: fields.uint(),
      maxPendingBatchesPerOrigin: fields.uint(),
      maxFetchBlocks: fields.uint(),
      maxSubmissionRecords: fields.uint(),
      maxSubmissionBytes: fields.uint(),
    },
  };
}

function readMember(fields: FieldReader, position: number): Member {
  fields.expect(position);
  return { name: fields.text(), organisation: fields.text(), roles: readRoles(fields) };
}

function readRoles(fields: FieldReader): readonly Role[] {
  const count = fields.uint(ROLES.length);
  return Array.from({ length: count }, () => fields.oneOf(ROLES));
}

function readValidator(
  fields: FieldReader,
  position: number,
  suites: readonly SuiteName[],
): GenesisValidator {
  fields.expect(position);
  const member = fields.text();
  const peerId = fields.text();
  const keys: { [suite in SuiteName]?: string } = {};
  for (const suite of suites) keys[suite] = toHex(fields.bytes());
  return { member, peerId, keys };
}

interface GatewayLeaf {
  readonly registered: GenesisGateway;
  readonly nextSerial: number;
}

function readGateway(fields: FieldReader, position: number, suites: readonly SuiteName[]): GatewayLeaf {
  fields.expect(position);
  const nextSerial = fields.uint();
  const suite = fields.oneOf(suites);
  const name = fields.text();
  const member = fields.text();
  return {
    registered: { index: position, name, member, suite, publicKey: toHex(fields.bytes()) },
    nextSerial,
  };
}

/**
 * Takes leaves in order, as long as they are of the kind asked for. What is out of order or unknown is therefore
 * never taken, and `finish` refuses it.
 */
class StateReader {
  readonly #leaves: readonly Uint8Array[];
  #at = 0;
  #fault: string | undefined;

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
  }

  one<T>(kind: LeafKind, read: (fields: FieldReader) => T): T | undefined {
    const leaf = this.#leaves[this.#at];
    const prefix = leafPrefix(kind);
    if (leaf === undefined || !equalBytes(leaf.subarray(0, prefix.length), prefix)) return undefined;
    const fields = new FieldReader(leaf, prefix.length);
    const value = read(fields);
    const fault = fields.finish();
    if (fault !== undefined) this.#fault ??= `leaf ${this.#at}: ${fault}`;
    this.#at++;
    return value;
  }

  all<T>(kind: LeafKind, read: (fields: FieldReader, position: number) => T): readonly T[] {
    const values: T[] = [];
    for (;;) {
      const value = this.one(kind, (fields) => read(fields, values.length));
      if (value === undefined) return values;
      values.push(value);
    }
  }

  /** Why the leaves are refused, if they are. */
  finish(): string | undefined {
    if (this.#at < this.#leaves.length) this.#fault ??= `leaf ${this.#at}: unknown or out of order`;
    return this.#fault;
  }
}

/** Reads a leaf's fields in order. After the first fault every field is empty. */
class FieldReader {
  readonly #leaf: Uint8Array;
  #at: number;
  #fault: string | undefined;

  constructor(leaf: Uint8Array, at: number) {
    this.#leaf = leaf;
    this.#at = at;
  }

  uint(max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#fault === undefined ? readU64be(this.#leaf, this.#at) : 0;
    this.#at += 8;
    if (value !== undefined && value <= max) return value;
    // Threat: what is read next may be as many items or bytes as this says.
    this.#fail(value === undefined ? 'no integer' : `an integer above ${max}`);
    return 0;
  }

  /** The leaf's position among those of its kind. */
  expect(position: number): void {
    if (this.uint() !== position) this.#fail('not at its position');
  }

  /** One of `values`, which a leaf names by its position there. */
  oneOf<T>(values: readonly T[]): T {
    const value = values[this.uint(values.length - 1)];
    if (value === undefined) throw new Error('a choice of nothing');
    return value;
  }

  bytes(): Uint8Array {
    const start = this.#at + 8;
    const length = this.uint(Math.max(0, this.#leaf.length - start));
    this.#at += length;
    return this.#leaf.slice(start, start + length);
  }

  text(): string {
    const value = fromUtf8(this.bytes());
    if (value === undefined) this.#fail('not UTF-8');
    return value ?? '';
  }

  /** Why the leaf is refused, if it is. */
  finish(): string | undefined {
    if (this.#at !== this.#leaf.length) this.#fail('bytes after its last field');
    return this.#fault;
  }

  #fail(fault: string): void {
    this.#fault ??= fault;
  }
}
