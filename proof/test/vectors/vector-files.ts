import { hash, hashLeaves, toBase64, toHex, utf8 } from '@hufu/crypto';
import {
  type Entry,
  encodeBundle,
  encodeEntry,
  encodeHeader,
  encodeValidatorSet,
  HASH_NAMES,
  headerDigests,
  validatorSetDigests,
} from '../../src/index.ts';
import { CONTENT_INDEX, recordOf, testCase, testRecord } from '../network/test-bundle.ts';
import { ACTION_INDEX, documentOf, epochsCase } from '../network/test-epochs.ts';
import { certify, type TestNetwork, testNetwork } from '../network/test-network.ts';
import { type Attack, TRUE, TRUE_BYTES, TRUE_CONTENT, TRUE_HEADER } from './attack.ts';
import { ATTACKS_ON_CERTIFICATES } from './attacks-on-certificates.ts';
import { ATTACKS_ON_CHAIN } from './attacks-on-chain.ts';
import { ATTACKS_ON_EPOCHS } from './attacks-on-epochs.ts';
import { ATTACKS_ON_FORMAT } from './attacks-on-format.ts';
import { ATTACKS_ON_RECORD } from './attacks-on-record.ts';
import { governanceJson, VALID_GOVERNANCE } from './governance-vectors.ts';
import {
  FULL_RECORD,
  HOSTILE_BATCHES,
  HOSTILE_ENTRIES,
  HOSTILE_GENESES,
  HOSTILE_HEADERS,
  HOSTILE_SUBMISSIONS,
  type HostileEncoding,
} from './hostile-encodings.ts';
import { HOSTILE_GOVERNANCE } from './hostile-governance.ts';
import { HOSTILE_PROOFS, logVector } from './log-vectors.ts';
import { SIGN_BYTES_VECTORS } from './sign-bytes-vectors.ts';

/** Every file under testdata/ that this package makes, by its path there. The same on every run. */
export function vectorFiles(): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const put = (path: string, bytes: Uint8Array): void => {
    if (files.has(path)) throw new Error(`two vectors for ${path}`);
    files.set(path, bytes);
  };
  const putJson = (path: string, vector: object): void =>
    put(`${path}.json`, utf8(`${JSON.stringify(vector, null, 2)}\n`));

  put('example/genesis.json', TRUE.network.genesisBytes);
  put('example/content.txt', TRUE_CONTENT);
  put('example/content.txt.hufu.json', TRUE_BYTES);
  for (const valid of validBundles()) putJson(`bundle/valid/${valid.name}`, bundleVector(valid));
  for (const attack of [
    ...ATTACKS_ON_FORMAT,
    ...ATTACKS_ON_CHAIN,
    ...ATTACKS_ON_CERTIFICATES,
    ...ATTACKS_ON_RECORD,
    ...ATTACKS_ON_EPOCHS,
  ]) {
    putJson(`bundle/hostile/${attack.name}`, bundleVector(attack));
  }
  for (const { name, ...vector } of validEntries()) putJson(`entry/valid/${name}`, vector);
  putEncodings(putJson, 'entry', HOSTILE_ENTRIES);
  putEncodings(putJson, 'submission', HOSTILE_SUBMISSIONS);
  putEncodings(putJson, 'batch', HOSTILE_BATCHES);
  putEncodings(putJson, 'header', HOSTILE_HEADERS);
  putEncodings(putJson, 'genesis', HOSTILE_GENESES);
  for (const vector of VALID_GOVERNANCE) putJson(`governance/valid/${vector.name}`, governanceJson(vector));
  for (const vector of HOSTILE_GOVERNANCE)
    putJson(`governance/hostile/${vector.name}`, governanceJson(vector));
  putJson('header/valid/height-1', headerVector());
  putJson('validator-set/valid/four-validators', validatorSetVector(TRUE.network));
  for (const name of HASH_NAMES) putJson(`log/valid/reference-tree-${name}`, logVector(name));
  for (const { name, ...vector } of HOSTILE_PROOFS)
    putJson(`log/hostile/${name}`, { ...vector, hash: 'sha256' });
  for (const { kind, vector } of SIGN_BYTES_VECTORS) putJson(`sign-bytes/${kind}`, vector);
  return files;
}

function putEncodings(
  putJson: (path: string, vector: object) => void,
  kind: string,
  encodings: readonly HostileEncoding[],
): void {
  for (const { name, attack, bytes, problem } of encodings) {
    putJson(`${kind}/hostile/${name}`, { attack, bytes: toBase64(bytes), problem });
  }
}

interface ValidBundle {
  readonly name: string;
  readonly description: string;
  readonly bundle: Uint8Array;
  readonly trusted?: TestNetwork;
  readonly content?: Uint8Array;
}

function validBundles(): readonly ValidBundle[] {
  const gmOnly = testNetwork({ suites: ['sm2-sm3'] });
  const ed25519Only = testNetwork({ suites: ['ed25519-sha256'] });
  const five = testNetwork({ n: 5, name: 'five' });
  const alone = testNetwork({ n: 1, name: 'alone' });
  const of = (
    name: string,
    description: string,
    options: Parameters<typeof testCase>[0] = {},
  ): ValidBundle => {
    const { bundle, network } = testCase(options);
    return { name, description, bundle: encodeBundle(bundle), trusted: network };
  };
  return [
    of('one-record', 'One record of eleven, three of four validators, both suites.'),
    of('all-signers', 'All four validators signed: more than a quorum.', { signers: [0, 1, 2, 3] }),
    of('several-records', 'Four records share header and certificates.', {
      indices: [0, 3, CONTENT_INDEX, 10],
    }),
    of('power-of-two-log', 'A log of eight entries.', { size: 8 }),
    of('last-of-ragged-log', 'The last record of a log whose right edge is ragged.', { size: 6 }),
    of('sm2-only', 'A chain of the SM2 suite alone.', { network: gmOnly }),
    of('ed25519-only', 'A chain of the Ed25519 suite alone.', { network: ed25519Only }),
    of('five-validators', 'Five validators, quorum four.', { network: five, signers: [0, 1, 2, 4] }),
    of('one-validator', 'One validator, quorum one.', { network: alone, signers: [0] }),
    {
      ...of('single-entry-log', 'A log of one entry: its path is empty.', { size: 1, indices: [0] }),
      content: utf8('record 0'),
    },
    ...validEpochBundles(),
  ];
}

function validEpochBundles(): readonly ValidBundle[] {
  const usual = epochsCase();
  const gmOnly = epochsCase(testNetwork({ suites: ['sm2-sm3'] }));
  const [epoch0, epoch1] = usual.epochs;
  const [end] = usual.endHeaders;
  const untilEnd = usual.leaves.slice(0, end.logSize);
  const trusted = epoch0;
  return [
    {
      name: 'two-epoch-changes',
      description: 'Epoch 2: in between keys were rotated, a validator joined and one left.',
      bundle: encodeBundle(usual.bundle),
      trusted,
    },
    {
      name: 'two-epoch-changes-sm2-only',
      description: 'The same on a chain of the SM2 suite alone.',
      bundle: encodeBundle(gmOnly.bundle),
      trusted: gmOnly.epochs[0],
    },
    {
      name: 'last-block-of-an-epoch',
      description: 'The header ends epoch 0 and was certified two views after its own.',
      bundle: encodeBundle({
        ...usual.bundle,
        records: [recordOf(epoch0, untilEnd, CONTENT_INDEX)],
        logSize: untilEnd.length,
        header: encodeHeader(end),
        certificates: certify(epoch0, end, [0, 1, 3], epoch0.validators, epoch0.chainId, end.view + 2),
        epochChain: [],
      }),
      trusted,
    },
    {
      name: 'governance-action',
      description: 'The record is the action that ended epoch 0; its content is the governance document.',
      bundle: encodeBundle({ ...usual.bundle, records: [recordOf(epoch0, usual.leaves, ACTION_INDEX)] }),
      trusted,
      content: documentOf(epoch0, epoch1.registry),
    },
  ];
}

function bundleVector(vector: Attack | ValidBundle): object {
  const genesis = (vector.trusted ?? TRUE.network).genesisBytes;
  const failed = 'failed' in vector ? vector.failed : [];
  return {
    ...('attack' in vector ? { attack: vector.attack } : { description: vector.description }),
    bundle: toBase64(vector.bundle),
    trust: Object.fromEntries(HASH_NAMES.map((name) => [name, toHex(hash(name, genesis))])),
    content: toBase64(vector.content ?? TRUE_CONTENT),
    conclusion: failed.length > 0 ? 'failed' : 'passed',
    failed: failed.map((line) => {
      const [step, problem] = line.split(': ');
      return { step, problem };
    }),
  };
}

function validEntries() {
  const only = (name: 'sha256' | 'sm3'): Entry => {
    const record = testRecord(5);
    return { ...record, digests: { [name]: record.digests[name] } };
  };
  const least: Entry = { gateway: 0, serial: 0, digests: { sm3: new Uint8Array(32) }, claimedTimeMs: 0 };
  return [
    entryVector('usual', 'Gateway 0, both digests.', testRecord(5)),
    entryVector('sha256-only', 'Anchored by its SHA-256 digest alone.', only('sha256')),
    entryVector('sm3-only', 'Anchored by its SM3 digest alone.', only('sm3')),
    entryVector('every-field', 'Every field is there.', FULL_RECORD),
    entryVector('least', 'Every integer 0, so that only the digest is on the wire.', least),
  ];
}

function entryVector(name: string, description: string, entry: Entry) {
  const bytes = encodeEntry(entry);
  const { digests, metadataCommitment, templateDigest, ...numbers } = entry;
  return {
    name,
    description,
    bytes: toBase64(bytes),
    entry: {
      ...numbers,
      digests: Object.fromEntries(
        Object.entries(digests).map(([hashName, digest]) => [hashName, toHex(digest)]),
      ),
      ...(metadataCommitment && { metadataCommitment: toHex(metadataCommitment) }),
      ...(templateDigest && { templateDigest: toHex(templateDigest) }),
    },
    leafHash: Object.fromEntries(
      HASH_NAMES.map((hashName) => [hashName, toHex(hashLeaves(hashName, [bytes]))]),
    ),
  };
}

function headerVector(): object {
  const bytes = encodeHeader(TRUE_HEADER);
  const shown = Object.entries(TRUE_HEADER).map(([name, value]) => [name, shownValue(value)]);
  return {
    description: 'The header of height 1 of the example network.',
    suites: TRUE.network.genesis.suites,
    bytes: toBase64(bytes),
    header: Object.fromEntries(shown),
    digests: headerDigests(TRUE.network.genesis.suites, bytes).map(toHex),
  };
}

function shownValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  return Array.isArray(value) ? value.map(shownValue) : value;
}

function validatorSetVector({ validators }: TestNetwork): object {
  return {
    description: 'Epoch 0 of the example network, whose genesis names these validators.',
    bytes: toBase64(encodeValidatorSet(validators)),
    validatorSet: {
      epoch: validators.epoch,
      suites: validators.suites,
      validators: validators.validators.map(({ name, keys }) => ({ name, keys: keys.map(toHex) })),
    },
    digests: validatorSetDigests(validators).map(toHex),
  };
}
