import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { createNetwork } from '../network/create-network.ts';
import { networkMembers } from '../network/members.ts';
import { DEFAULT_PORT_BASE, portPlan } from '../network/ports.ts';
import { hostList, integerIn, networkName } from '../option-parsers.ts';

interface Options {
  readonly nodes: number;
  readonly out: string;
  readonly name: string;
  readonly portBase: number;
  readonly hosts?: readonly string[];
}

/** `hufu testnet`: keys, genesis and configurations of a whole network, ready to start or to copy to its hosts. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('testnet')
    .description(
      terminal.say({
        zh: '生成一个网络的全部密钥、创世文件与配置',
        en: 'create the keys, genesis and configurations of a network',
      }),
    )
    .requiredOption('--nodes <n>', terminal.say({ zh: '节点数', en: 'number of nodes' }), integerIn(1, 100))
    .requiredOption('--out <dir>', terminal.say({ zh: '目标目录', en: 'directory to create' }))
    .option(
      '--name <name>',
      terminal.say({ zh: '网络名', en: 'name of the network' }),
      networkName,
      'testnet',
    )
    .option(
      '--hosts <h1,h2,…>',
      terminal.say({
        zh: '每个节点的主机名或 IP；缺省为全部在本机',
        en: 'host name or IP of each node; default: all here',
      }),
      hostList,
    )
    .option(
      '--port-base <n>',
      terminal.say({ zh: '第一个端口', en: 'first port' }),
      integerIn(1024, 64_000),
      DEFAULT_PORT_BASE,
    )
    .action((options: Options) => testnet(options, context));
}

function testnet(options: Options, { terminal }: Context): void {
  const { nodes, hosts } = options;
  if (hosts !== undefined && hosts.length !== nodes) {
    throw new CliError('usage', `--hosts names ${hosts.length} hosts for ${nodes} nodes`);
  }
  const layout = createNetwork({
    directory: resolve(options.out),
    name: options.name,
    nodes,
    ports: portPlan(options.portBase, nodes),
    createdAt: new Date(),
    ...(hosts === undefined ? {} : { hosts }),
  });
  const configs = networkMembers(nodes).map(({ name }) => layout.node(name).configPath);
  const commands = [
    ...configs.map((path) => `hufu node start --config ${path}`),
    `hufu gateway start --config ${layout.gateway.configPath}`,
  ];
  terminal.data(commands.join('\n'), {
    genesis: layout.genesisPath,
    nodes: configs,
    gateway: layout.gateway.configPath,
  });
}
