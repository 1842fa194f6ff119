import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Conclusion, verify } from '@hufu/proof';
import t, { type Test } from 'tap';
import { runHufu } from '../run-hufu.ts';
import { startTestNetwork, temporaryDirectory } from './test-network.ts';

const CONTENT = 'An original of which every byte matters.\n';
const QUORUM = 3;

interface Anchored {
  readonly directory: string;
  readonly file: string;
  readonly bundle: string;
  readonly genesis: string;
}

/** A file anchored by the real command over a real network, which is gone again when this returns. */
async function anchorOneFile(t: Test): Promise<Anchored> {
  const { network, processes } = await startTestNetwork(t);
  const directory = temporaryDirectory(t);
  const file = join(directory, 'original.txt');
  writeFileSync(file, CONTENT);
  const { code, stderr } = await runHufu(['anchor', file, '--network', network.layout.directory]);
  t.equal(code, 0, `hufu anchor: ${stderr}`);
  const genesis = join(directory, 'genesis.json');
  writeFileSync(genesis, readFileSync(network.layout.genesisPath));
  await processes.stopAll();
  return { directory, file, bundle: `${file}.hufu.json`, genesis };
}

t.test('a bundle proves its file offline, to whoever has the genesis, and to nobody else', async (t) => {
  const { directory, file, bundle, genesis } = await anchorOneFile(t);

  await t.test('hufu verify: exit codes', async (t) => {
    const chainId = JSON.parse((await runHufu(['verify', bundle, '--json'])).stdout).statements.chainId;
    const rows: [string, string[], number][] = [
      ['bundle, file and genesis', [bundle, file, '--genesis', genesis], 0],
      ['bundle and genesis alone', [bundle, '--genesis', genesis], 0],
      ['chain id under one hash', [bundle, file, '--trust', `sm3:${chainId.sm3}`], 0],
      [
        'chain id under both',
        [bundle, '--trust', `sm3:${chainId.sm3}`, '--trust', `sha256:${chainId.sha256}`],
        0,
      ],
      ['no trust given', [bundle, file], 3],
      ['another chain id', [bundle, file, '--trust', `sha256:${chainId.sm3}`], 1],
      ['another genesis', [bundle, file, '--genesis', file], 1],
      ['another file', [bundle, genesis, '--genesis', genesis], 1],
    ];
    for (const [what, args, expected] of rows) {
      t.equal((await runHufu(['verify', ...args])).code, expected, what);
    }
  });

  await t.test('any flipped byte of bundle or file fails', async (t) => {
    const bundleBytes = readFileSync(bundle);
    const content = readFileSync(file);
    const trust = { genesis: readFileSync(genesis) };
    t.equal(verify(bundleBytes, { trust, content }).conclusion, 'passed');
    const survivors: string[] = [];
    const expectFailed = (what: string, conclusion: Conclusion): void => {
      if (conclusion !== 'failed') survivors.push(`${what}: ${conclusion}`);
    };
    for (let i = 0; i < bundleBytes.length; i += 1) {
      // One bit, another each time, so that digits become other digits and letters change case too.
      const hostile = flipped(bundleBytes, i, 1 << (i % 8));
      expectFailed(`bundle byte ${i}`, verify(hostile, { trust, content }).conclusion);
    }
    for (let i = 0; i < content.length; i += 1) {
      const hostile = flipped(content, i, 1 << (i % 8));
      expectFailed(`file byte ${i}`, verify(bundleBytes, { trust, content: hostile }).conclusion);
    }
    t.strictSame(survivors, []);

    const step = Math.ceil(bundleBytes.length / 12);
    const hostilePath = join(directory, 'hostile.hufu.json');
    for (let i = 0; i < bundleBytes.length; i += step) {
      writeFileSync(hostilePath, flipped(bundleBytes, i, 0x20));
      const { code } = await runHufu(['verify', hostilePath, file, '--genesis', genesis]);
      t.equal(code, 1, `hufu verify with byte ${i} of the bundle flipped`);
    }
    const hostileFile = join(directory, 'hostile.txt');
    writeFileSync(hostileFile, flipped(content, 0, 1));
    t.equal((await runHufu(['verify', bundle, hostileFile, '--genesis', genesis])).code, 1);
  });

  await t.test('stock openssl verifies a quorum of SM2 and of Ed25519 signatures', async (t) => {
    const out = join(directory, 'openssl');
    const args = ['verify', bundle, file, '--genesis', genesis, '--openssl', out];
    t.equal((await runHufu(args)).code, 0);
    const script = readFileSync(join(out, 'commands.sh'), 'utf8');
    const commands = script.split('\n').filter((line) => line.startsWith('openssl '));
    const sm2 = commands.filter((line) =>
      /^openssl dgst -sm3 -verify \S+ -sigopt distid:1234567812345678 -signature \S+ \S+$/.test(line),
    );
    const ed25519 = commands.filter((line) =>
      /^openssl pkeyutl -verify -pubin -inkey \S+ -rawin -in \S+ -sigfile \S+$/.test(line),
    );
    t.ok(sm2.length >= QUORUM, `${sm2.length} SM2 signatures`);
    t.ok(ed25519.length >= QUORUM, `${ed25519.length} Ed25519 signatures`);
    t.equal(sm2.length + ed25519.length, commands.length, 'and nothing else');
    for (const command of commands) t.equal(await shell(command, out), 0, command);
    t.equal(await shell('sh commands.sh', out), 0, 'the script as a whole');

    const [signedBySm2 = ''] = sm2;
    const signed = signedBySm2.split(' ').at(-1) ?? '';
    writeFileSync(join(out, signed), flipped(readFileSync(join(out, signed)), 0, 1));
    t.not(await shell(signedBySm2, out), 0, 'openssl refuses other bytes');
    t.not(await shell('sh commands.sh', out), 0, 'and so does the script');
  });
});

function flipped(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}

function shell(command: string, cwd: string): Promise<number> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', command], { cwd }, () => resolve(child.exitCode ?? -1));
  });
}
