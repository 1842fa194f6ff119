import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What a command gets from the process it runs in. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** Sets the exit code; without a call it is 0. */
  finish(code: ExitCode): void;
}

/** What every file in commands/ exports: adds its command to the program. */
export interface CommandModule {
  register(program: Command, context: Context): void;
}
