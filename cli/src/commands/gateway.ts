import { SUITE_NAMES } from '@hufu/crypto';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { GatewayKeysOptions } from '../governance/new-keys.ts';
import { networkName } from '../option-parsers.ts';
import { untilStopped } from '../process/until-stopped.ts';

/** `hufu gateway`: one gateway in the foreground until it is asked to stop, and the key of a new one. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  const group = program
    .command('gateway')
    .description(terminal.say({ zh: '存证网关', en: 'an evidence gateway' }));
  group
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
  group
    .command('keys')
    .description(
      terminal.say({
        zh: '生成新网关的密钥与公钥卡片 card.json',
        en: 'make the key of a new gateway, and card.json with its public half',
      }),
    )
    .requiredOption('--out <dir>', terminal.say({ zh: '密钥目录', en: 'directory to create' }))
    .requiredOption('--name <name>', terminal.say({ zh: '网关名', en: 'name of the gateway' }), networkName)
    .requiredOption(
      '--member <name>',
      terminal.say({ zh: '运行它的成员', en: 'the member that runs it' }),
      networkName,
    )
    .addOption(
      new Option('--suite <suite>', terminal.say({ zh: '签名套件', en: 'suite of its signatures' }))
        .choices(SUITE_NAMES)
        .default('ed25519-sha256'),
    )
    .action(async (options: GatewayKeysOptions) => {
      const { makeGatewayKeys } = await import('../governance/new-keys.ts');
      makeGatewayKeys(options, context);
    });
}
