import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asEpoch } from '@hufu/consensus';
import {
  fromBase64,
  fromHex,
  type HashName,
  hash,
  hashLeaves,
  hashPairs,
  SUITE_NAMES,
  toHex,
  utf8,
} from '@hufu/crypto';
import t from 'tap';
import {
  decodeBatchPayload,
  decodeEntry,
  decodeHeader,
  decodeSubmission,
  decodeValidatorSet,
  encodeValidatorSet,
  GOVERNANCE_FORMAT,
  type GovernanceContext,
  judgeGovernance,
  parseGenesis,
  parseGovernanceDocument,
  submissionEntries,
  validatorSetDigests,
  verify,
  verifyConsistency,
  verifyInclusion,
  verifyRange,
} from '../src/index.ts';
import { must } from './must.ts';
import { ATTACKS_ON_EPOCHS } from './vectors/attacks-on-epochs.ts';
import { vectorFiles } from './vectors/vector-files.ts';

const TESTDATA = join(import.meta.dirname, '../../testdata');
const FILES = vectorFiles();
const OWN_FOLDERS = new Set([...FILES.keys()].map((path) => path.split('/')[0] ?? ''));

/** A vector's members as they stand on disk; the checks below read nothing else. */
type Vector = Readonly<Record<string, unknown>>;

function vectors(folder: string): readonly (readonly [string, Vector])[] {
  const names = readdirSync(join(TESTDATA, folder)).sort();
  return names.map((name) => [
    `${folder}/${name}`,
    JSON.parse(readFileSync(join(TESTDATA, folder, name), 'utf8')),
  ]);
}

const text = (vector: Vector, member: string): string => String(vector[member]);
const number = (vector: Vector, member: string): number => Number(vector[member]);
const hexOf = (vector: Vector, member: string): Uint8Array => must(fromHex(text(vector, member)));
const base64Of = (vector: Vector, member: string): Uint8Array => must(fromBase64(text(vector, member)));
const list = (vector: Vector, member: string): readonly Vector[] => {
  const value = vector[member];
  return Array.isArray(value) ? value : [];
};
const object = (vector: Vector, member: string): Vector => {
  const value = vector[member];
  return typeof value === 'object' && value !== null ? { ...value } : {};
};
const hexList = (vector: Vector, member: string): readonly Uint8Array[] =>
  list(vector, member).map((hex) => must(fromHex(String(hex))));
const hashName = (vector: Vector): HashName => (vector.hash === 'sm3' ? 'sm3' : 'sha256');

t.test('testdata/ is what write-vectors.ts writes, and nothing else', async (t) => {
  const onDisk = [...OWN_FOLDERS].flatMap((folder) =>
    readdirSync(join(TESTDATA, folder), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name)),
  );
  const expected = [...FILES.keys()].map((path) => join(TESTDATA, path));
  t.strictSame(onDisk.sort(), expected.sort());
  const stale = [...FILES].filter(([path, bytes]) => !readFileSync(join(TESTDATA, path)).equals(bytes));
  t.strictSame(
    stale.map(([path]) => path),
    [],
  );
});

t.test('every bundle vector verifies to what it says', async (t) => {
  for (const folder of ['bundle/valid', 'bundle/hostile']) {
    for (const [name, vector] of vectors(folder)) {
      const chain = object(vector, 'trust');
      const chainId = { sha256: hexOf(chain, 'sha256'), sm3: hexOf(chain, 'sm3') };
      const report = verify(base64Of(vector, 'bundle'), {
        trust: { chainId },
        content: base64Of(vector, 'content'),
      });
      const failed = report.steps.flatMap(({ code, status, problem }) =>
        status === 'failed' ? [{ step: code, problem: problem?.code }] : [],
      );
      t.equal(report.conclusion, vector.conclusion, name);
      t.strictSame(failed, vector.failed, name);
    }
  }
  t.ok(
    vectors('bundle/hostile').every(
      ([, vector]) => vector.conclusion === 'failed' && text(vector, 'attack') !== '',
    ),
  );
  t.ok(vectors('bundle/hostile').length >= 40);
});

const HOSTILE_KINDS = ['entry', 'submission', 'batch', 'header', 'genesis'] as const;
type HostileKind = (typeof HOSTILE_KINDS)[number];

t.test('every hostile encoding is refused with its code', async (t) => {
  const refusal = (kind: HostileKind, bytes: Uint8Array): string => {
    if (kind === 'submission') {
      const submission = decodeSubmission(bytes);
      const entries = submission.ok ? submissionEntries(submission.value) : submission;
      return entries.ok ? 'accepted' : entries.error.code;
    }
    const decoders = {
      entry: decodeEntry,
      batch: decodeBatchPayload,
      header: decodeHeader,
      genesis: parseGenesis,
    };
    const decoded = decoders[kind](bytes);
    return decoded.ok ? 'accepted' : decoded.error.code;
  };
  for (const kind of HOSTILE_KINDS) {
    const hostile = vectors(`${kind}/hostile`);
    t.ok(hostile.length > 0);
    for (const [name, vector] of hostile)
      t.equal(refusal(kind, base64Of(vector, 'bytes')), vector.problem, name);
  }
});

t.test('every governance vector is judged as it says', async (t) => {
  const contextOf = (vector: Vector): GovernanceContext => {
    const context = object(vector, 'context');
    const chainId = { sha256: '00'.repeat(32) };
    const document = { format: GOVERNANCE_FORMAT, chainId, epoch: 0, ...object(context, 'registry') };
    const registry = parseGovernanceDocument(utf8(`${JSON.stringify(document, null, 2)}\n`));
    if (!registry.ok) throw new Error(registry.error.remark);
    return {
      suites: SUITE_NAMES.filter((suite) => JSON.stringify(context.suites).includes(suite)),
      chainId: hexList(context, 'chainId'),
      epoch: asEpoch(number(context, 'epoch')),
      validatorSetDigest: hexList(context, 'validatorSetDigest'),
      registry: registry.value,
      firstHeight: number(context, 'firstHeight'),
      parentHeight: number(context, 'parentHeight'),
    };
  };
  for (const [name, vector] of vectors('governance/valid')) {
    const judged = judgeGovernance(base64Of(vector, 'action'), contextOf(vector));
    if (!judged.ok) throw new Error(`${name}: ${judged.error.code}`);
    const set = judged.value.validators;
    t.strictSame(encodeValidatorSet(set), base64Of(vector, 'nextValidatorSet'), name);
    t.strictSame(validatorSetDigests(set).map(toHex), vector.nextValidatorSetDigest, name);
  }
  const hostile = vectors('governance/hostile');
  for (const [name, vector] of hostile) {
    const judged = judgeGovernance(base64Of(vector, 'action'), contextOf(vector));
    t.equal(judged.ok ? 'applies' : judged.error.code, vector.problem, name);
  }
  t.ok(hostile.length >= 40);
});

t.test('every valid entry, header and validator set decodes to its fields and digests', async (t) => {
  const shown = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return toHex(value);
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shown(member)]));
  };
  for (const [name, vector] of vectors('entry/valid')) {
    const bytes = base64Of(vector, 'bytes');
    const decoded = decodeEntry(bytes);
    t.same(decoded.ok && shown(decoded.value), vector.entry, name);
    const leafHash = { sha256: toHex(hashLeaves('sha256', [bytes])), sm3: toHex(hashLeaves('sm3', [bytes])) };
    t.same(leafHash, vector.leafHash, name);
  }
  for (const [folder, member, decode] of [
    ['header/valid', 'header', decodeHeader],
    ['validator-set/valid', 'validatorSet', decodeValidatorSet],
  ] as const) {
    for (const [name, vector] of vectors(folder)) {
      const bytes = base64Of(vector, 'bytes');
      const decoded = decode(bytes);
      t.same(decoded.ok && shown(decoded.value), vector[member], name);
      t.same([toHex(hash('sha256', bytes)), toHex(hash('sm3', bytes))], vector.digests, name);
    }
  }
});

t.test('every log vector holds, every hostile proof does not', async (t) => {
  for (const [name, vector] of vectors('log/valid')) {
    const algorithm = hashName(vector);
    const [leafHashes, roots] = [hexList(vector, 'leafHashes'), hexList(vector, 'roots')];
    const inclusions = list(vector, 'inclusion').map((proof) => {
      const [index, size] = [number(proof, 'index'), number(proof, 'size')];
      return verifyInclusion(
        algorithm,
        must(leafHashes[index]),
        index,
        size,
        hexList(proof, 'path'),
        must(roots[size]),
      );
    });
    const consistencies = list(vector, 'consistency').map((proof) => {
      const [first, second] = [number(proof, 'first'), number(proof, 'second')];
      return verifyConsistency(
        algorithm,
        first,
        second,
        must(roots[first]),
        must(roots[second]),
        hexList(proof, 'path'),
      );
    });
    const ranges = list(vector, 'ranges').map((range) => {
      const [first, count, size] = [number(range, 'first'), number(range, 'count'), number(range, 'size')];
      const packed = Buffer.concat(leafHashes.slice(first, first + count));
      return verifyRange(algorithm, packed, first, hexList(range, 'proof'), size, must(roots[size]));
    });
    const outcomes = [...inclusions, ...consistencies, ...ranges];
    t.ok(outcomes.length > 80 && outcomes.every((holds) => holds), name);
  }
  for (const [name, v] of vectors('log/hostile')) {
    const path = hexList(v, 'path');
    const accepted =
      v.proof === 'inclusion'
        ? verifyInclusion(
            'sha256',
            hexOf(v, 'leafHash'),
            number(v, 'index'),
            number(v, 'size'),
            path,
            hexOf(v, 'root'),
          )
        : verifyConsistency(
            'sha256',
            number(v, 'first'),
            number(v, 'second'),
            hexOf(v, 'firstRoot'),
            hexOf(v, 'secondRoot'),
            path,
          );
    t.notOk(accepted, name);
  }
});

t.test('sign-bytes vectors begin with their kind and chain, and have the length of their kind', async (t) => {
  const lengths: Readonly<Record<string, number>> = {
    batch: 64,
    submission: 88,
    approval: 104,
    readiness: 88,
  };
  for (const [name, vector] of vectors('sign-bytes')) {
    const kind = text(vector, 'kind');
    const bytes = Buffer.from(hexOf(vector, 'signBytes'));
    const prefix = Buffer.from(`hufu/${kind}/v1\0`);
    t.ok(bytes.subarray(0, prefix.length).equals(prefix), name);
    t.equal(bytes.length, prefix.length + (lengths[kind] ?? 120), name);
  }
});

t.test('a verifier written from the specification alone agrees', async (t) => {
  if (spawnSync('python3', ['--version']).status !== 0) {
    t.comment('python3 is not installed here: the independent verifier was not run');
    return;
  }
  const chainId = toHex(hash('sha256', must(FILES.get('example/genesis.json'))));
  const run = (bundle: string, content: string): number | null =>
    spawnSync('python3', ['verify_bundle.py', bundle, content, chainId], { cwd: TESTDATA }).status;
  t.equal(run('example/content.txt.hufu.json', 'example/content.txt'), 0);
  t.equal(run('example/content.txt.hufu.json', 'example/genesis.json'), 1, 'another content');

  const folder = mkdtempSync(join(tmpdir(), 'hufu-vectors-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const runVector = (path: string): number | null => {
    const vector: Vector = JSON.parse(readFileSync(join(TESTDATA, 'bundle', `${path}.json`), 'utf8'));
    const [bundle, content] = [join(folder, 'bundle'), join(folder, 'content')];
    writeFileSync(bundle, base64Of(vector, 'bundle'));
    writeFileSync(content, base64Of(vector, 'content'));
    return run(bundle, content);
  };
  for (const name of ['two-epoch-changes', 'last-block-of-an-epoch', 'governance-action']) {
    t.equal(runVector(`valid/${name}`), 0, name);
  }
  // It reads one suite and checks no names, so attacks on those are not for it.
  const notForIt = [
    'next-set-with-commands-as-name',
    'epoch-step-signature-altered',
    'epoch-step-without-sm2',
    'epoch-step-certificates-reversed',
  ];
  for (const { name } of ATTACKS_ON_EPOCHS) {
    if (!notForIt.includes(name)) t.equal(runVector(`hostile/${name}`), 1, name);
  }
});

t.test('the example root follows from its entry and path by hashing alone', async (t) => {
  const bundle: Vector = JSON.parse(readFileSync(join(TESTDATA, 'example/content.txt.hufu.json'), 'utf8'));
  const record = must(list(bundle, 'records')[0]);
  const paths = object(record, 'paths');
  // Record 5 of 11: right, left, right in the tree of eight, then the three entries after it.
  const header = decodeHeader(base64Of(bundle, 'header'));
  for (const [suite, name] of (['sha256', 'sm3'] as const).entries()) {
    const [a, b, c, d] = hexList(paths, name);
    const leaf = hashLeaves(name, [base64Of(record, 'entry')]);
    const pair = (left?: Uint8Array, right?: Uint8Array) =>
      hashPairs(name, Buffer.concat([must(left), must(right)]));
    const root = pair(pair(c, pair(pair(a, leaf), b)), d);
    t.equal(toHex(root), header.ok && toHex(must(header.value.logRoots[suite])));
  }
});
