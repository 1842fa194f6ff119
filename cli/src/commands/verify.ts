import {
  type Conclusion,
  type Digests,
  MAX_BUNDLE_BYTES,
  MAX_GENESIS_BYTES,
  opensslSteps,
  type Trust,
  verify,
} from '@hufu/proof';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { hashFile } from '../evidence/hash-file.ts';
import { readAtMost } from '../evidence/read-file.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { writeOpensslFiles } from '../verification/openssl-files.ts';
import { reportText } from '../verification/report-text.ts';
import { trustedChainId } from '../verification/trust-option.ts';

interface Options {
  readonly genesis?: string;
  readonly trust?: Digests;
  readonly openssl?: string;
}

const EXIT_OF: Readonly<Record<Conclusion, ExitCode>> = {
  passed: EXIT.passed,
  failed: EXIT.failed,
  indeterminate: EXIT.cannotTell,
};

/** `hufu verify`: checks a bundle, and the file it is about, offline and trusting no server. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('verify')
    .description(
      terminal.say({
        zh: '离线核验证明包（退出码：0 通过，1 未通过，3 无法判断）',
        en: 'verify a bundle offline (exit code 0 passed, 1 failed, 3 cannot tell)',
      }),
    )
    .argument('<bundle>', terminal.say({ zh: '证明包 *.hufu.json', en: 'the bundle, *.hufu.json' }))
    .argument('[file]', terminal.say({ zh: '被存证的文件', en: 'the file that was recorded' }))
    .option('--genesis <file>', terminal.say({ zh: '所信任的创世文件', en: 'the genesis file you trust' }))
    .option(
      '--trust <hash:hex>',
      terminal.say({ zh: '所信任的链标识，如 sha256:…', en: 'the chain id you trust, such as sha256:…' }),
      trustedChainId,
    )
    .option(
      '--openssl <dir>',
      terminal.say({
        zh: '另写出用 openssl 逐个核验签名的文件与命令',
        en: 'also write what is needed to check each signature with openssl',
      }),
    )
    .action((bundle: string, file: string | undefined, options: Options) =>
      runVerify(bundle, file, options, context),
    );
}

async function runVerify(
  bundlePath: string,
  contentPath: string | undefined,
  options: Options,
  { terminal, finish }: Context,
): Promise<void> {
  const bundle = await readAtMost(bundlePath, MAX_BUNDLE_BYTES);
  const trust = await trustOf(options);
  const content = contentPath === undefined ? undefined : await hashFile(contentPath, () => undefined);
  const report = verify(bundle, {
    ...(trust !== undefined && { trust }),
    ...(content !== undefined && { content }),
  });
  terminal.data(reportText(report, terminal), report);
  finish(EXIT_OF[report.conclusion]);
  if (options.openssl === undefined) return;
  const steps = opensslSteps(bundle);
  // A bundle that cannot be read has no signatures to show; the report has just said so.
  if (steps.ok) terminal.note(await writeOpensslFiles(options.openssl, steps.value));
}

async function trustOf({ genesis, trust }: Options): Promise<Trust | undefined> {
  if (genesis !== undefined && trust !== undefined) {
    throw new CliError('usage', '--genesis and --trust exclude each other');
  }
  if (genesis !== undefined) return { genesis: await readAtMost(genesis, MAX_GENESIS_BYTES) };
  return trust === undefined ? undefined : { chainId: trust };
}
