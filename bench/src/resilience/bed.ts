import { readFileSync } from 'node:fs';
import { HeaderWatch, HostNetwork, LedgerAudit, SteadyLoad } from '@hufu/cli';

const AUDIT_TIMEOUT_MS = 300_000;

export interface BedPlan {
  /** The world's; see `inWorld`. */
  readonly directory: string;
  readonly hosts: number;
  readonly seed: number;
}

/** A network on hosts of its own with everything that measures it. */
export interface Bed {
  readonly network: HostNetwork;
  /** Of the gateway. */
  readonly url: string;
  readonly apiKey: string;
  /** Starts a load of records that are remembered until an audit has found them. */
  startLoad(recordsPerSecond: number): SteadyLoad;
  /** Throws unless everything that all loads were promised so far is on the ledger once and no node ever forked. */
  audit(): Promise<void>;
  close(): Promise<void>;
}

export async function startBed(plan: BedPlan): Promise<Bed> {
  const network = await HostNetwork.start(plan);
  const clients = network.nodes.map(({ client }) => client);
  const watch = new HeaderWatch(clients);
  const audit = new LedgerAudit(clients, watch);
  const loads: SteadyLoad[] = [];
  const { gateway, layout } = network.description;
  return {
    network,
    url: gateway.httpUrl,
    apiKey: readFileSync(layout.gateway.apiKeyPath, 'utf8').trim(),
    startLoad: (recordsPerSecond) => {
      const load = new SteadyLoad(network.gateway, { recordsPerSecond });
      loads.push(load);
      return load;
    },
    audit: async () => {
      const accepted = new Map(loads.flatMap((load) => [...load.takeAccepted()]));
      const problems = await audit.check(accepted, AUDIT_TIMEOUT_MS);
      if (problems.length > 0) throw new Error(`the audit failed:\n${problems.join('\n')}`);
    },
    close: async () => {
      await Promise.all(loads.map((load) => load.stop()));
      await watch.stop();
      await network.close();
    },
  };
}
