import { err, hash, ok, type Result, toHex } from '@hufu/crypto';
import { decodeHeader, encodeHeader, verify } from '@hufu/proof';
import t from 'tap';
import { formatCase, parseCase } from '../../fuzz/case-file.ts';
import { type Finding, judge, runSeries } from '../../fuzz/execution.ts';
import { inputOf } from '../../fuzz/input/input.ts';
import { decoder, type Target } from '../../fuzz/target.ts';
import { TARGETS, targetNamed } from '../../fuzz/targets/index.ts';
import { bundleVerifier } from '../../fuzz/targets/verifiers.ts';

const EXECUTIONS = 20_000;
/** For the bug that shows in it alone: others' executions may take longer on a busy machine. */
const FEW_CPU_MS = 20;

const HEADER = targetNamed('header');

function headersReadBy(decode: (bytes: Uint8Array) => Result<Uint8Array, unknown>): Target {
  return decoder({ ...HEADER, name: 'planted', decode, encode: (bytes) => bytes });
}

/** A decoder of headers that gives the bytes themselves, but for its bug. */
const canonical = (bytes: Uint8Array): Result<Uint8Array, unknown> => {
  const header = decodeHeader(bytes);
  return header.ok ? ok(encodeHeader(header.value)) : header;
};

function busy(): void {
  const before = process.cpuUsage();
  for (let spent = 0; spent <= 2 * FEW_CPU_MS * 1_000; ) {
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
}

/** The byte at which a planted bug shows: a header that is cut there is common. */
const END = 0x20;

const BUGS: Readonly<Record<string, readonly [target: Target, what: RegExp, maxCpuMs?: number]>> = {
  'throws on a truncated field': [
    headersReadBy((bytes) => {
      if (bytes.at(-1) === END) throw new RangeError('out of bounds');
      return canonical(bytes);
    }),
    /out of bounds/,
  ],
  'ignores a trailing byte': [
    headersReadBy((bytes) => {
      const whole = canonical(bytes);
      return whole.ok ? whole : canonical(bytes.subarray(0, -1));
    }),
    /one encoding: /,
  ],
  'forgets where its view begins': [
    headersReadBy((bytes) => {
      const decoded = canonical(bytes);
      return decoded.ok ? ok(new Uint8Array(bytes.buffer, 0, bytes.length)) : decoded;
    }),
    /one encoding: /,
  ],
  'refuses without a reason': [
    headersReadBy((bytes) => (bytes.length > 100 ? canonical(bytes) : err(''))),
    /result: /,
  ],
  'changes its input': [
    headersReadBy((bytes) => {
      if (bytes[0] !== undefined) bytes[0] ^= 1;
      return err('malformed');
    }),
    /input: was changed/,
  ],
  'takes too long': [
    headersReadBy((bytes) => {
      if (bytes.at(-1) === END) busy();
      return canonical(bytes);
    }),
    /time: \d+ ms of CPU/,
    FEW_CPU_MS,
  ],
  'passes whatever only a signature speaks against': [
    bundleVerifier((bytes, options) => {
      const report = verify(bytes, options);
      const failed = report.steps.filter(({ status }) => status === 'failed');
      const blind = failed.every(({ code }) => code === 'header' || code.startsWith('finality-'));
      return blind ? { ...report, conclusion: 'passed' } : report;
    }),
    /truth: passed, and is not true/,
  ],
};

function findingOf(target: Target, maxCpuMs?: number): Finding {
  const series = { decoder: target.name, seed: 1, first: 0, executions: EXECUTIONS };
  const { finding } = runSeries(target, series, maxCpuMs);
  if (finding === null) throw new Error('the bug was not found');
  return finding;
}

for (const [bug, [target, what, maxCpuMs]] of Object.entries(BUGS)) {
  t.test(`a decoder that ${bug} is found, and its case file replays`, async (t) => {
    const finding = findingOf(target, maxCpuMs);
    t.match(finding.what, what);
    const { decoder: name, input } = parseCase(formatCase(finding));
    t.equal(name, target.name);
    t.throws(() => judge(target, input, maxCpuMs), { message: what });
  });
}

t.test('the same decoder, seed and execution give the same input, others give others', async (t) => {
  for (const target of TARGETS) {
    const inputs = (seed: number): readonly string[] =>
      Array.from({ length: 50 }, (_, execution) => toHex(hash('sha256', inputOf(target, seed, execution))));
    const first = inputs(1);
    t.strictSame(inputs(1), first, target.name);
    t.notSame(inputs(2), first, target.name);
    t.ok(new Set(first).size > 10, `${target.name}: few come twice`);
  }
});

t.test('what is no case file is refused in a sentence', async (t) => {
  for (const text of ['{}', '[]', '7', '{"decoder":"header","input":"0g"}'])
    t.throws(() => parseCase(text), { message: 'not a case file' });
  t.throws(() => targetNamed('nothing'), { message: 'there is no decoder "nothing"' });
});
