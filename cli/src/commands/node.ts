import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { untilStopped } from '../process/until-stopped.ts';

/** `hufu node start`: one node in the foreground until it is asked to stop. */
export function register(program: Command, { terminal }: Context): void {
  program
    .command('node')
    .description(terminal.say({ zh: '节点', en: 'a ledger node' }))
    .command('start')
    .description(terminal.say({ zh: '前台运行节点', en: 'run a node in the foreground' }))
    .requiredOption('--config <file>', 'node.toml')
    .action(async ({ config }: { config: string }) => {
      // Before anything is opened, so that a signal during the start is not lost.
      const stopped = untilStopped();
      const { loadNodeConfig, startNode } = await import('@hufu/node');
      const node = await startNode(loadNodeConfig(config));
      const failure = await Promise.race([stopped.then(() => undefined), node.failed]);
      await node.stop();
      // A restart reads everything anew from disk, which is the cure for most failures; the supervisor sees to it.
      if (failure !== undefined) throw new CliError('node-failed', failure.message, { cause: failure });
    });
}
