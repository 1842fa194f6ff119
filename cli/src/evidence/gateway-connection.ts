import { existsSync, readFileSync } from 'node:fs';
import { type GatewayClient, gatewayClient } from '@hufu/api';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { describeNetwork, requireNetwork } from '../network/describe.ts';
import { unreadable } from './unreadable.ts';

export interface GatewayOptions {
  readonly gateway?: string;
  readonly apiKeyFile?: string;
  readonly network: string;
}

/** Adds the options by which every evidence command finds its gateway. */
export function addGatewayOptions(command: Command, { terminal }: Context): Command {
  return command
    .option(
      '--gateway <url>',
      terminal.say({ zh: '网关地址（或 HUFU_GATEWAY）', en: 'address of the gateway (or HUFU_GATEWAY)' }),
    )
    .option(
      '--api-key-file <file>',
      terminal.say({ zh: 'API 密钥文件（或 HUFU_API_KEY）', en: 'file with the API key (or HUFU_API_KEY)' }),
    )
    .option(
      '--network <dir>',
      terminal.say({
        zh: '未给出网关时，使用此网络目录的网关',
        en: 'use the gateway of this network directory when none is named',
      }),
      'hufu-data/dev',
    );
}

/**
 * The client of the gateway that the options, then the environment, then the network directory name. Throws
 * `no-network` or `api-key-missing` when something is named nowhere.
 */
export async function connectGateway(options: GatewayOptions, { env }: Context): Promise<GatewayClient> {
  const named = options.gateway ?? set(env.HUFU_GATEWAY);
  const namedKey = options.apiKeyFile === undefined ? set(env.HUFU_API_KEY) : readKey(options.apiKeyFile);
  if (named !== undefined) {
    if (namedKey === undefined) throw new CliError('api-key-missing', named);
    return gatewayClient(named, { apiKey: namedKey });
  }
  const { layout, gateway } = await describeNetwork(requireNetwork(options.network));
  const { apiKeyPath } = layout.gateway;
  if (namedKey === undefined && !existsSync(apiKeyPath)) throw new CliError('api-key-missing', apiKeyPath);
  return gatewayClient(gateway.httpUrl, { apiKey: namedKey ?? readKey(apiKeyPath) });
}

/** An empty environment variable is one that is not set. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
