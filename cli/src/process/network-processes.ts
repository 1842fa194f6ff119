import type { Endpoint, NetworkDescription } from '../network/describe.ts';
import { requireFree } from '../network/ports.ts';
import { type Launch, type ManagedProcess, startProcess } from './managed-process.ts';
import { waitUntilReady } from './readiness.ts';

/** How long a stopping process may take before it is killed: longer than the gateway drains, which is 10 s. */
const STOP_GRACE_MS = 15_000;
/** Generous: a small machine reads the code of all processes at once. */
const READY_TIMEOUT_MS = 120_000;

/**
 * The processes of a network on this machine: one per node and one for the gateway, each started and stopped
 * on its own or all together. Whoever creates it must call `stopAll`.
 */
export class NetworkProcesses {
  readonly network: NetworkDescription;
  readonly #running = new Map<string, ManagedProcess>();
  readonly #launchOf: (name: string) => Launch | undefined;
  #isStopping = false;

  /** `launchOf` names a process's place; by default all run right here. */
  constructor(network: NetworkDescription, launchOf: (name: string) => Launch | undefined = () => undefined) {
    this.network = network;
    this.#launchOf = launchOf;
  }

  /** Starts every node, then the gateway; resolves when all answer as ready. `onReady` gets each in turn. */
  async startAll(onReady: (name: string) => void = () => undefined): Promise<void> {
    const endpoints = [...this.network.nodes, this.network.gateway];
    await requireFree(endpoints.flatMap((endpoint) => endpoint.listeners));
    for (const { name } of this.network.nodes) this.startNode(name);
    for (const node of this.network.nodes) {
      await this.ready(node);
      onReady(node.name);
    }
    this.startGateway();
    await this.ready(this.network.gateway);
    onReady(this.network.gateway.name);
  }

  startNode(name: string): ManagedProcess {
    const { configPath, logPath } = this.network.layout.node(name);
    return this.#start(name, ['node', 'start', '--config', configPath], logPath);
  }

  startGateway(): ManagedProcess {
    const { configPath, logPath } = this.network.layout.gateway;
    return this.#start(this.network.gateway.name, ['gateway', 'start', '--config', configPath], logPath);
  }

  #start(name: string, args: readonly string[], logPath: string): ManagedProcess {
    if (this.#isStopping) throw new Error(`${name} is not started: everything is being stopped`);
    const previous = this.#running.get(name);
    if (previous !== undefined && previous.exit() === undefined) throw new Error(`${name} runs already`);
    const started = startProcess(name, args, logPath, this.#launchOf(name));
    this.#running.set(name, started);
    return started;
  }

  /** Resolves when the process answers as ready; see `waitUntilReady` for the errors. */
  async ready({ name, opsUrl }: Endpoint): Promise<void> {
    await waitUntilReady(this.process(name), `${opsUrl}/readyz`, READY_TIMEOUT_MS);
  }

  /** The process last started under this name. Throws when there was none. */
  process(name: string): ManagedProcess {
    const found = this.#running.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  /** All processes started so far, the ended ones included. */
  processes(): ManagedProcess[] {
    return [...this.#running.values()];
  }

  /** Drains the gateway, then the nodes, so that what the gateway sends last is still taken. Final. */
  async stopAll(): Promise<void> {
    this.#isStopping = true;
    await this.#running.get(this.network.gateway.name)?.stop(STOP_GRACE_MS);
    await Promise.all(this.processes().map((child) => child.stop(STOP_GRACE_MS)));
  }

  /** Kills everything at once, as a power cut would. Final. */
  async killAll(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.processes().map((child) => child.kill()));
  }
}
