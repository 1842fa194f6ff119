import { SCOPES, type Scope } from '@hufu/api';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { integerIn } from '../option-parsers.ts';

interface Options {
  readonly config: string;
  readonly name: string;
  readonly scope?: readonly Scope[];
  readonly days?: number;
}

const DAY_MS = 86_400_000;

/** `hufu api-key create`: a new key for an application; works beside a running gateway. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('api-key')
    .description(terminal.say({ zh: '应用的 API 密钥', en: 'API keys of applications' }))
    .command('create')
    .description(
      terminal.say({ zh: '新建密钥；密钥只显示这一次', en: 'make a key; it is shown this once only' }),
    )
    .requiredOption('--config <file>', 'gateway.toml')
    .requiredOption('--name <name>', terminal.say({ zh: '应用名', en: 'name of the application' }))
    .addOption(
      new Option(
        '--scope <scope...>',
        terminal.say({ zh: '权限（缺省全部）', en: 'what it may do (default: all)' }),
      ).choices(SCOPES),
    )
    .option('--days <n>', terminal.say({ zh: '有效天数', en: 'days until it expires' }), integerIn(1, 36_500))
    .action((options: Options) => create(options, context));
}

async function create({ config, name, scope, days }: Options, { terminal }: Context): Promise<void> {
  const { createApiKey, loadGatewayConfig } = await import('@hufu/gateway');
  const { keyId, token } = await createApiKey(loadGatewayConfig(config), {
    name,
    ...(scope !== undefined && { scopes: scope }),
    ...(days !== undefined && { expiresAtMs: Date.now() + days * DAY_MS }),
  });
  terminal.data(token, { keyId, token });
}
