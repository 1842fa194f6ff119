import { type NodeStatus, nodeClient, type Words } from '@hufu/api';
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
    const mark = node === null ? '✗' : '✓';
    return `${mark} ${name} ${url} ${terminal.say(node === null ? DOWN : describe(node))}`;
  });
  // The worst comes first: how many do not answer.
  const down = nodes.length - up;
  const summary = { zh: `${up} 个节点应答，${down} 个不应答`, en: `${up} nodes answer, ${down} do not` };
  terminal.data([terminal.say(summary), ...lines].join('\n'), { up, nodes });
  finish(up === nodes.length ? EXIT.passed : EXIT.failed);
}

const DOWN: Words = { zh: '无应答', en: 'no answer' };

/** Where a node stands, in a line. */
export function describe({ height, view, logSize, peers, history }: NodeStatus): Words {
  const connected = `${peers.filter((peer) => peer.connected).length}/${peers.length}`;
  const past = history === null ? undefined : `${count(history.height)} / ${count(history.toHeight)}`;
  return {
    zh: `高度 ${height}，视图 ${view}，记录 ${logSize}，已连接 ${connected}${past === undefined ? '' : `，历史数据补齐中 ${past}`}`,
    en: `height ${height}, view ${view}, ${logSize} records, ${connected} peers connected${past === undefined ? '' : `, fetching history ${past}`}`,
  };
}

function count(blocks: number): string {
  return blocks.toLocaleString('en-US');
}
