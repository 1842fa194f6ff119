import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gatewayClient, nodeClient, type Words } from '@hufu/api';
import { MAX_BUNDLE_BYTES, verify } from '@hufu/proof';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { type Anchored, anchorFiles } from '../evidence/anchor-files.ts';
import { BUNDLE_SUFFIX } from '../evidence/bundle-file.ts';
import { hashFile } from '../evidence/hash-file.ts';
import { readAtMost } from '../evidence/read-file.ts';
import { createNetwork, writeConfigs } from '../network/create-network.ts';
import { describeNetwork, type NetworkDescription, readGenesis } from '../network/describe.ts';
import { type NetworkLayout, networkLayout } from '../network/layout.ts';
import { DEFAULT_PORT_BASE, localListeners, portPlan, requireFree } from '../network/ports.ts';
import { integerIn } from '../option-parsers.ts';
import { buildExplorer } from '../process/explorer-build.ts';
import { describeExit } from '../process/managed-process.ts';
import { NetworkProcesses } from '../process/network-processes.ts';
import { untilStopped } from '../process/until-stopped.ts';
import { reportText } from '../verification/report-text.ts';

const NODES = 4;
const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const FINALITY_TIMEOUT_MS = 60_000;

interface Options {
  readonly dir: string;
  readonly portBase?: number;
  readonly once: boolean;
}

/** `hufu dev`: a whole network on this machine, with one real file recorded and verified, until Ctrl-C. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command('dev')
    .description(
      terminal.say({
        zh: '在本机运行四个节点、网关与浏览器，并完成一次存证',
        en: 'run four nodes, a gateway and the explorer here, and record a file',
      }),
    )
    .option('--dir <dir>', terminal.say({ zh: '网络目录', en: 'network directory' }), 'hufu-data/dev')
    .option(
      '--port-base <n>',
      terminal.say({
        zh: `第一个端口（首次缺省 ${DEFAULT_PORT_BASE}）`,
        en: `first port (at first ${DEFAULT_PORT_BASE})`,
      }),
      integerIn(1024, 64_000),
    )
    .option('--once', terminal.say({ zh: '完成后即停止', en: 'stop when done instead of staying up' }), false)
    .action((options: Options) => dev(options, context));
}

async function dev(options: Options, context: Context): Promise<void> {
  const { terminal } = context;
  const stop = new AbortController();
  const stopped = untilStopped().then(() => stop.abort());
  await buildExplorer(REPOSITORY, terminal);
  if (stop.signal.aborted) return;
  const layout = await prepare(options, context);
  const processes = new NetworkProcesses(await describeNetwork(layout));
  try {
    await Promise.race([runOnce(processes, context, stop.signal), stopped]);
    if (options.once || stop.signal.aborted) return;
    tellUnexpectedExits(processes, context, stop.signal);
    terminal.note(terminal.say({ zh: '运行中，按 Ctrl-C 停止', en: 'Running. Ctrl-C stops everything.' }));
    await stopped;
  } finally {
    stop.abort();
    terminal.note(terminal.say({ zh: '正在停止…', en: 'Stopping …' }));
    await processes.stopAll();
  }
}

/** The network directory: created on the first start, afterwards as it is, with new ports when they are named. */
async function prepare({ dir, portBase }: Options, { terminal }: Context): Promise<NetworkLayout> {
  const layout = networkLayout(resolve(dir));
  const isNew = !existsSync(layout.genesisPath);
  const ports = portPlan(portBase ?? DEFAULT_PORT_BASE, NODES);
  // A directory with ports that are taken would keep them for the next start.
  if (isNew || portBase !== undefined) await requireFree(localListeners(ports));
  if (isNew) {
    const text = { zh: `创建网络 ${layout.directory}`, en: `Creating a network in ${layout.directory}` };
    terminal.note(terminal.say(text));
    return createNetwork({
      directory: layout.directory,
      name: 'dev',
      nodes: NODES,
      ports,
      createdAt: new Date(),
    });
  }
  if (portBase !== undefined) writeConfigs(layout, readGenesis(layout), { ports });
  return layout;
}

/** Starts everything, records the licence, verifies its bundle offline, tells the addresses. */
async function runOnce(processes: NetworkProcesses, context: Context, signal: AbortSignal): Promise<void> {
  const { terminal } = context;
  const { network } = processes;
  const title = terminal.say({ zh: '启动进程', en: 'starting processes' });
  const progress = terminal.progress(title, network.nodes.length + 1, 'steps');
  let ready = 0;
  try {
    await processes.startAll(() => {
      ready += 1;
      progress.update(ready);
    });
  } finally {
    progress.stop();
  }
  const file = join(REPOSITORY, 'LICENSE');
  const apiKey = readFileSync(network.layout.gateway.apiKeyPath, 'utf8').trim();
  const [anchored] = await anchorFiles(gatewayClient(network.gateway.httpUrl, { apiKey }), terminal, [file], {
    timeoutMs: FINALITY_TIMEOUT_MS,
    signal,
    bundlePathOf: (path) => join(network.layout.directory, `${basename(path)}${BUNDLE_SUFFIX}`),
  });
  if (anchored === undefined) throw new Error('one file, one result');
  await verifyOffline(anchored, network, context);
  await tellAddresses(anchored, network, context);
}

/** Verifies the bundle as anybody would who has it, the file and the genesis, and nothing else. */
async function verifyOffline(
  anchored: Anchored,
  { layout }: NetworkDescription,
  { terminal }: Context,
): Promise<void> {
  const report = verify(await readAtMost(anchored.bundle, MAX_BUNDLE_BYTES), {
    trust: { genesis: readFileSync(layout.genesisPath) },
    content: await hashFile(anchored.file, () => undefined),
  });
  terminal.note(reportText(report, terminal));
  if (report.conclusion !== 'passed') throw new CliError('proof-not-passed', anchored.bundle);
}

async function tellAddresses(
  anchored: Anchored,
  { layout, nodes, gateway, genesis }: NetworkDescription,
  { terminal }: Context,
): Promise<void> {
  const [first] = nodes;
  const status = first === undefined ? undefined : await nodeClient(first.httpUrl).status();
  const height = status?.ok ? status.value.height : anchored.height;
  const rows: [Words, string][] = [
    [
      { zh: '网络', en: 'network' },
      `${genesis.name}, ${terminal.say({ zh: '高度', en: 'height' })} ${height}`,
    ],
    [{ zh: '存证编号', en: 'recorded' }, `${anchored.id} (${anchored.file})`],
    [{ zh: '证明包', en: 'bundle' }, anchored.bundle],
    [{ zh: '创世文件', en: 'genesis' }, layout.genesisPath],
    [{ zh: 'API 密钥文件', en: 'API key file' }, layout.gateway.apiKeyPath],
    [{ zh: '网关', en: 'gateway' }, gateway.httpUrl],
    [{ zh: '接口文档', en: 'API document' }, `${gateway.httpUrl}/docs`],
    ...nodes.map(({ name, httpUrl }): [Words, string] => [
      { zh: `浏览器（${name}）`, en: `explorer (${name})` },
      `${httpUrl}/`,
    ]),
  ];
  const lines = rows.map(([label, value]) => `${terminal.say(label)}: ${value}`);
  terminal.data(lines.join('\n'), {
    network: layout.directory,
    height,
    anchored,
    gateway: gateway.httpUrl,
    docs: `${gateway.httpUrl}/docs`,
    nodes: nodes.map(({ name, httpUrl }) => ({ name, url: httpUrl })),
  });
}

/** The network outlives one of four nodes; whoever runs it should know, and how to start it again. */
function tellUnexpectedExits(processes: NetworkProcesses, { terminal }: Context, signal: AbortSignal): void {
  const { layout, gateway } = processes.network;
  for (const child of processes.processes()) {
    const again =
      child.name === gateway.name
        ? `hufu gateway start --config ${layout.gateway.configPath}`
        : `hufu node start --config ${layout.node(child.name).configPath}`;
    child.exited.then((exit) => {
      if (signal.aborted) return;
      terminal.note(terminal.style('red', `✗ ${child.name}: ${describeExit(exit)} (${child.logPath})`));
      terminal.note(`→ ${again}`);
    });
  }
}
