import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { SUITE_NAMES, type SuiteName } from '@hufu/crypto';
import {
  DEFAULT_PARAMETERS,
  encodeGenesis,
  GENESIS_FORMAT,
  type Genesis,
  type GenesisParameters,
} from '@hufu/proof';
import { CliError } from '../errors.ts';
import { gatewayToml, nodeToml, type Placement } from './config-files.ts';
import { writeNodeKeys, writeSuiteKey } from './key-files.ts';
import { type NetworkLayout, networkLayout } from './layout.ts';
import { makeDirectories } from './make-directories.ts';
import { networkMembers } from './members.ts';
import type { PortPlan } from './ports.ts';

export interface NetworkPlan {
  /** Where it is created; must not exist, or be empty. */
  readonly directory: string;
  readonly name: string;
  /** 1 … 100 validators. */
  readonly nodes: number;
  readonly ports: PortPlan;
  /** One host name or IP address per node, by which the others reach it; absent: all on this machine. */
  readonly hosts?: readonly string[];
  readonly createdAt: Date;
  readonly parameters?: Partial<GenesisParameters>;
}

/** The gateway signs submissions with the suite whose signature is cheaper; the ledger takes either. */
const GATEWAY_SUITE: SuiteName = 'ed25519-sha256';

/**
 * Creates a network directory: keys of every member, the genesis that names them, and each process's
 * configuration. All or nothing: it is built beside the target and renamed, so an interrupted run leaves no
 * half of a network. Throws `directory-not-empty` rather than overwrite keys.
 */
export function createNetwork(plan: NetworkPlan): NetworkLayout {
  if (existsSync(plan.directory) && readdirSync(plan.directory).length > 0) {
    throw new CliError('directory-not-empty', plan.directory);
  }
  makeDirectories(dirname(plan.directory));
  const draft = join(dirname(plan.directory), `.${basename(plan.directory)}.partial`);
  rmSync(draft, { recursive: true, force: true });
  makeDirectories(draft);
  writeNetwork(networkLayout(draft), plan);
  rmSync(plan.directory, { recursive: true, force: true });
  renameSync(draft, plan.directory);
  return networkLayout(plan.directory);
}

function writeNetwork(layout: NetworkLayout, plan: NetworkPlan): void {
  const members = networkMembers(plan.nodes);
  const validators = members.map(({ name }) => {
    return { member: name, ...writeNodeKeys(layout.node(name)) };
  });
  const [owner] = members;
  if (owner === undefined) throw new Error('a network has at least one node');
  const publicKey = writeSuiteKey(layout.gateway.suiteKeyPath(GATEWAY_SUITE), GATEWAY_SUITE);
  const gateway = {
    index: 0,
    name: `${owner.name}-gateway`,
    member: owner.name,
    suite: GATEWAY_SUITE,
    publicKey,
  };
  const genesis: Genesis = {
    format: GENESIS_FORMAT,
    name: plan.name,
    createdAt: plan.createdAt.toISOString(),
    suites: SUITE_NAMES,
    members,
    validators,
    gateways: [gateway],
    parameters: { ...DEFAULT_PARAMETERS, ...plan.parameters },
  };
  writeFileSync(layout.genesisPath, encodeGenesis(genesis));
  writeConfigs(layout, genesis, plan);
}

/** Writes every process's configuration anew from the genesis and the ports; keys and data are not touched. */
export function writeConfigs(
  layout: NetworkLayout,
  genesis: Genesis,
  placement: Pick<NetworkPlan, 'ports' | 'hosts'>,
): void {
  const placements = genesis.validators.map((validator, index): Placement => {
    const ports = placement.ports.nodes[index];
    if (ports === undefined) throw new Error(`the port plan has no node ${index}`);
    return { name: validator.member, peerId: validator.peerId, host: placement.hosts?.[index], ports };
  });
  for (const [index, { name }] of placements.entries()) {
    const node = layout.node(name);
    const genesisPath = relative(node.directory, layout.genesisPath);
    writeFileSync(node.configPath, nodeToml(placements, index, genesisPath));
  }
  const [gateway] = genesis.gateways;
  if (gateway === undefined) throw new Error('the genesis names no gateway');
  const genesisPath = relative(layout.gateway.directory, layout.genesisPath);
  writeFileSync(
    layout.gateway.configPath,
    gatewayToml(gateway, placements, placement.ports.gateway, genesisPath),
  );
}
