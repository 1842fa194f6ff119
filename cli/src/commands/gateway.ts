import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { untilStopped } from '../process/until-stopped.ts';

/** `hufu gateway start`: one gateway in the foreground until it is asked to stop. */
export function register(program: Command, { terminal }: Context): void {
  program
    .command('gateway')
    .description(terminal.say({ zh: '存证网关', en: 'an evidence gateway' }))
    .command('start')
    .description(terminal.say({ zh: '前台运行网关', en: 'run a gateway in the foreground' }))
    .requiredOption('--config <file>', 'gateway.toml')
    .action(async ({ config }: { config: string }) => {
      // Before anything is opened, so that a signal during the start is not lost.
      const stopped = untilStopped();
      const { loadGatewayConfig, startGateway } = await import('@hufu/gateway');
      const gateway = await startGateway(loadGatewayConfig(config));
      await stopped;
      await gateway.stop();
    });
}
