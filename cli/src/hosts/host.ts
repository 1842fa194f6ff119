import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch } from '../process/managed-process.ts';
import { run } from './command.ts';

/** What all hosts share: the wide-area network between them, and a management network that no fault touches. */
export const WAN_PREFIX = '10.77.0.';
export const MANAGEMENT_PREFIX = '10.78.0.';
/** The end of the management network at which the tests and the switch are. */
export const CONTROL_ADDRESS = `${MANAGEMENT_PREFIX}254`;
export const MAX_HOSTS = 253;
/** IANA's port for VXLAN. */
export const VXLAN_PORT = 4789;
const VXLAN_NETWORK = '1';
const WAN_MTU = 1500;
/** Room for the outer Ethernet, IPv4, UDP and VXLAN headers around a whole frame. */
const MANAGEMENT_MTU = WAN_MTU + 100;
const BRIDGE = 'management';

export interface HostOptions {
  /** Its clock can be set apart from the machine's. */
  readonly hasOwnClock?: boolean;
}

/** Creates the management network. Once a world. */
export function createManagementNetwork(): void {
  run('ip', 'link', 'add', BRIDGE, 'mtu', String(MANAGEMENT_MTU), 'type', 'bridge');
  run('ip', 'address', 'add', `${CONTROL_ADDRESS}/24`, 'dev', BRIDGE);
  run('ip', 'link', 'set', BRIDGE, 'up');
}

/**
 * A host of its own as far as processes on it can tell: a network namespace with an address on the wide-area
 * network (`wan0`) and one on the management network (`eth0`), and if asked a clock and a disk of its own.
 *
 * `wan0` is a VXLAN device whose other end is a socket of the switch (switch-process.ts): each Ethernet frame
 * goes there in a datagram and on to the host it is for, late, or not at all. `tc netem` would do the same in
 * the kernel, but many kernels are built without it.
 */
export class Host {
  /** From 0. */
  readonly index: number;
  readonly wanAddress: string;
  readonly managementAddress: string;
  readonly #namespacePath: string;
  readonly #clockPath: string | undefined;

  /** `directory` is the world's; `count` how many hosts there will be. */
  constructor(directory: string, index: number, count: number, options: HostOptions = {}) {
    if (index >= count || count > MAX_HOSTS) throw new Error(`no host ${index} of ${count}`);
    this.index = index;
    this.wanAddress = WAN_PREFIX + (index + 1);
    this.managementAddress = MANAGEMENT_PREFIX + (index + 1);
    this.#namespacePath = join(directory, `host-${index}.net`);
    // The file keeps the namespace: it is the mount point of a mount in the world's own mount namespace.
    writeFileSync(this.#namespacePath, '');
    run('unshare', `--net=${this.#namespacePath}`, 'true');
    this.#connect();
    this.#createWan(count);
    if (options.hasOwnClock) {
      this.#clockPath = join(directory, `host-${index}.clock`);
      this.setClock(0);
    }
  }

  /** Where processes of this host are started. */
  get launch(): Launch {
    return { prefix: ['nsenter', `--net=${this.#namespacePath}`], env: this.#clockEnvironment() };
  }

  /** Sets the clock of processes on this host to the machine's plus `offsetSeconds`, within two seconds. */
  setClock(offsetSeconds: number): void {
    if (this.#clockPath === undefined) throw new Error(`host ${this.index} has no clock of its own`);
    writeFileSync(this.#clockPath, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
  }

  /** Runs a program on this host, to its end. */
  run(program: string, ...args: string[]): string {
    return run('nsenter', `--net=${this.#namespacePath}`, program, ...args);
  }

  #connect(): void {
    const port = `host${this.index}`;
    const mtu = ['mtu', String(MANAGEMENT_MTU)];
    const peer = ['peer', 'name', 'eth0', ...mtu, 'netns', this.#namespacePath];
    run('ip', 'link', 'add', port, ...mtu, 'type', 'veth', ...peer);
    run('ip', 'link', 'set', port, 'master', BRIDGE, 'up');
    this.run('ip', 'link', 'set', 'lo', 'up');
    this.run('ip', 'address', 'add', `${this.managementAddress}/24`, 'dev', 'eth0');
    this.run('ip', 'link', 'set', 'eth0', 'up');
  }

  #createWan(count: number): void {
    const ends = ['local', this.managementAddress, 'remote', CONTROL_ADDRESS, 'dstport', String(VXLAN_PORT)];
    const device = ['wan0', 'address', macAddress(this.index), 'mtu', String(WAN_MTU)];
    this.run('ip', 'link', 'add', ...device, 'type', 'vxlan', 'id', VXLAN_NETWORK, ...ends, 'nolearning');
    // Frames pass a program, which computes no checksums and cuts no segments: the kernel must have done both.
    this.run('ethtool', '-K', 'wan0', 'tx', 'off', 'tso', 'off', 'gso', 'off');
    this.run('ip', 'address', 'add', `${this.wanAddress}/24`, 'dev', 'wan0');
    this.run('ip', 'link', 'set', 'wan0', 'up');
    // Neighbours are known, as behind a router: no host finds out about a partition before its timers do.
    for (let peer = 0; peer < count; peer += 1) {
      if (peer === this.index) continue;
      const neighbour = [WAN_PREFIX + (peer + 1), 'lladdr', macAddress(peer)];
      this.run('ip', 'neighbour', 'add', ...neighbour, 'dev', 'wan0', 'nud', 'permanent');
    }
  }

  /** libfaketime adds the file's offset to what the processes read; monotonic clocks stay as they are. */
  #clockEnvironment(): Launch['env'] {
    if (this.#clockPath === undefined) return {};
    return {
      LD_PRELOAD: clockLibrary(),
      FAKETIME_TIMESTAMP_FILE: this.#clockPath,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }
}

/** The last byte of a host's MAC address is its index; the switch reads it there. */
function macAddress(index: number): string {
  return `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`;
}

function clockLibrary(): string {
  const [path] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  if (path === undefined)
    throw new Error("a host's own clock needs libfaketime (Debian: apt-get install faketime)");
  return path;
}

/** A small disk of its own for what is below `path`, which can be filled and freed again. */
export class SmallDisk {
  readonly #ballast: string;

  constructor(path: string, sizeMiB: number) {
    mkdirSync(path, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path);
    this.#ballast = join(path, 'ballast');
  }

  /** Leaves no byte free. */
  fill(): void {
    try {
      run('dd', 'if=/dev/zero', `of=${this.#ballast}`, 'bs=4k');
    } catch (error) {
      if (!String(error).includes('No space left')) throw error;
    }
  }

  free(): void {
    rmSync(this.#ballast);
  }
}
