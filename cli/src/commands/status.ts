import { type NodeStatus, nodeClient } from '@hufu/api';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { describeNetwork, requireNetwork } from '../network/describe.ts';

const TIMEOUT_MS = 3_000;

/** `hufu status`: where each node of a network directory stands; works while nodes are down. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('status')
    .description(terminal.say({ zh: '各节点状态', en: 'where each node stands' }))
    .option('--network <dir>', terminal.say({ zh: '网络目录', en: 'network directory' }), 'hufu-data/dev')
    .action(({ network }: { network: string }) => status(network, context));
}

async function status(directory: string, { terminal, finish }: Context): Promise<void> {
  const network = await describeNetwork(requireNetwork(directory));
  const nodes = await Promise.all(
    network.nodes.map(async ({ name, httpUrl }) => {
      const answer = await nodeClient(httpUrl, { timeoutMs: TIMEOUT_MS }).status();
      return { name, url: httpUrl, status: answer.ok ? answer.value : null };
    }),
  );
  const up = nodes.filter((node) => node.status !== null).length;
  const lines = nodes.map(({ name, url, status: node }) => {
    const mark = node === null ? terminal.style('red', '✗') : terminal.style('green', '✓');
    return `${mark} ${name.padEnd(16)} ${url}  ${node === null ? 'down' : describe(node)}`;
  });
  terminal.data([`${up}/${nodes.length}`, ...lines].join('\n'), { up, nodes });
  finish(up === nodes.length ? EXIT.passed : EXIT.failed);
}

function describe(node: NodeStatus): string {
  const connected = node.peers.filter((peer) => peer.connected).length;
  return `height ${node.height}, view ${node.view}, log ${node.logSize}, peers ${connected}/${node.peers.length}`;
}
