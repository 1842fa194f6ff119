/**
 * What other programs of the repository (benchmarks, tests) use of the command: creating a network on this
 * machine and running its processes.
 */
export { HeaderWatch } from './hosts/header-watch.ts';
export { type HostedNode, HostNetwork } from './hosts/host-network.ts';
export { LedgerAudit } from './hosts/ledger-audit.ts';
export { randomFrom } from './hosts/random.ts';
export { SteadyLoad } from './hosts/steady-load.ts';
export { inWorld } from './hosts/world.ts';
export { createNetwork, type NetworkPlan } from './network/create-network.ts';
export { describeNetwork, type Endpoint, type NetworkDescription } from './network/describe.ts';
export { type NetworkLayout, networkLayout } from './network/layout.ts';
export { findFreeBase, isFree, PORT_SPAN, type PortPlan, portPlan } from './network/ports.ts';
export { integerIn } from './option-parsers.ts';
export { describeExit, type Exit, type ManagedProcess, startProcess } from './process/managed-process.ts';
export { NetworkProcesses } from './process/network-processes.ts';
