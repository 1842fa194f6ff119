import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { readValidatorCard } from '../../src/governance/cards.ts';
import { nodeToml, type Placement } from '../../src/network/config-files.ts';
import { readGenesis } from '../../src/network/describe.ts';
import type { NetworkLayout } from '../../src/network/layout.ts';
import type { PortPlan } from '../../src/network/ports.ts';
import { runHufu } from '../run-hufu.ts';
import type { TestNetwork } from './test-network.ts';

/** The member that joins. */
export const COURT = 'court';

/** Runs a command that must succeed; returns what it says. */
export async function hufu(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHufu(args);
  if (code !== 0) throw new Error(`hufu ${args.join(' ')}: ${code} ${stderr}`);
  return stdout.trim();
}

/** Keys and configuration of a fifth node that follows, whom the others let connect. */
export async function prepareCourt(layout: NetworkLayout, ports: PortPlan): Promise<void> {
  const court = layout.node(COURT);
  mkdirSync(court.directory);
  await hufu(
    'node',
    'keys',
    '--out',
    court.keysPath,
    '--member',
    COURT,
    '--organisation',
    '法院',
    '--roles',
    'notary',
  );
  const card = await readValidatorCard(join(court.keysPath, 'card.json'));
  const validators = [...readGenesis(layout).validators, card];
  const placements = validators.map(({ member, peerId }, index): Placement => {
    const own = ports.nodes[index];
    if (own === undefined) throw new Error(`no ports for ${member}`);
    return { name: member, peerId, host: undefined, ports: own };
  });
  for (const [index, { name }] of placements.entries()) {
    const { p2p, ...toml } = parse(nodeToml(placements, index, '../../genesis.json'));
    if (typeof p2p !== 'object') throw new Error('a configuration without p2p');
    const changed = { ...toml, observer: name === COURT, p2p: { ...p2p, observers: [card.peerId] } };
    writeFileSync(layout.node(name).configPath, stringify(changed));
  }
}

/** Keys that a validator can change to, in their place beside those that it has. Returns their folder. */
export async function makeNextKeys({ network }: TestNetwork, name: string): Promise<string> {
  const { keysPath } = network.layout.node(name);
  const nextPath = join(keysPath, 'next');
  const keep = ['--keep-peer-key', join(keysPath, 'p2p.key')];
  await hufu('node', 'keys', '--out', nextPath, '--member', name, ...keep);
  return nextPath;
}

/** What the members do, by the real commands, until the epoch has changed. Returns what submit says. */
export async function change(
  { network, nodes }: TestNetwork,
  file: string,
  edits: readonly string[],
  approving: readonly string[],
  ready?: { readonly node: string; readonly keys: string },
): Promise<string> {
  const [first] = nodes;
  if (first === undefined) throw new Error('a network has nodes');
  const node = ['--node', first.baseUrl];
  await hufu('governance', 'propose', ...node, '--out', file, ...edits);
  const approvals: string[] = [];
  for (const name of approving) {
    const keys = ['--keys', network.layout.node(name).keysPath];
    approvals.push(await hufu('governance', 'approve', file, ...node, ...keys));
  }
  const readiness =
    ready === undefined
      ? []
      : ['--readiness', await hufu('governance', 'ready', file, '--node', ready.node, '--keys', ready.keys)];
  return hufu('governance', 'submit', file, ...node, '--approvals', ...approvals, ...readiness);
}
