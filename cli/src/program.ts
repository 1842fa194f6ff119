import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CommandModule, Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { reportFailure } from './failure.ts';
import { chooseLanguage } from './terminal/language.ts';
import { processTerminal } from './terminal/terminal.ts';

/**
 * Every command and the file that is it. Loaded when used: verifying a proof should not wait for the network
 * stack of a node to be read from disk.
 */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  dev: () => import('./commands/dev.ts'),
  testnet: () => import('./commands/testnet.ts'),
  node: () => import('./commands/node.ts'),
  gateway: () => import('./commands/gateway.ts'),
  anchor: () => import('./commands/anchor.ts'),
  proof: () => import('./commands/proof.ts'),
  verify: () => import('./commands/verify.ts'),
  status: () => import('./commands/status.ts'),
  governance: () => import('./commands/governance.ts'),
  'api-key': () => import('./commands/api-key.ts'),
};

/** Runs `hufu ARGS…` and returns its exit code. Never throws: every failure is told on standard error. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const language = chooseLanguage(args, env);
  const terminal = processTerminal({ language, json: args.includes('--json'), env });
  let exit: ExitCode = EXIT.passed;
  const context: Context = {
    terminal,
    env,
    finish: (code) => {
      exit = code;
    },
  };
  try {
    const program = await buildProgram(args, context);
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has already printed what it had to say: help and version end with 0, mistakes with usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
    return reportFailure(terminal, error);
  }
}

async function buildProgram(args: readonly string[], context: Context): Promise<Command> {
  const { terminal } = context;
  const program = new Command('hufu')
    .description(terminal.say({ zh: '虎符：自建的存证联盟链', en: 'Hufu: a consortium ledger for evidence' }))
    .version(packageVersion())
    .option('--json', terminal.say({ zh: '结果以 JSON 输出', en: 'print the result as JSON' }))
    .option('--lang <zh|en>', terminal.say({ zh: '语言', en: 'language of messages' }))
    .option('--no-input', terminal.say({ zh: '从不提问', en: 'never ask for input' }))
    .showHelpAfterError(terminal.say({ zh: '(用法见 hufu help)', en: '(see hufu help)' }))
    .exitOverride();
  const named = args.find((arg) => Object.hasOwn(COMMANDS, arg));
  const isHelp = args[0] === 'help' || named === undefined;
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (isHelp || name === named) (await load()).register(program, context);
  }
  return program;
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
