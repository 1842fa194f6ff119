import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

/** Set inside, to the world's directory. */
const MARK = 'HUFU_WORLD';
/** Network, mounts and processes that are nobody else's. The kernel takes them all down with the first process. */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** A user without privileges is root inside a user namespace of its own, where the system permits that. */
const AS_ROOT_INSIDE = ['--user', '--map-root-user'];
const PROGRAMS = ['ip', 'ethtool', 'nsenter', 'unshare', 'setpriv', 'mount'];
/** Where such programs are, which is not on every user's path. */
const SYSTEM_PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const INTERRUPTED = 130;

/**
 * Runs `body` in a world of its own: the running program is started once more, in new network, mount and process
 * namespaces, and only there does `body` run, as root, with a directory that is removed afterwards. However that
 * process ends, killed included, no namespace, interface, mount or process is left. Outside, resolves when it
 * has ended, with its exit code as this process's. Throws, saying what is missing, where namespaces are not permitted.
 */
export async function inWorld(body: (directory: string) => Promise<unknown>): Promise<void> {
  const inside = process.env[MARK];
  if (inside === undefined) return startWorld();
  // The first process of a process namespace has no default reaction to signals.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));
  run('ip', 'link', 'set', 'lo', 'up');
  // Shared memory that killed processes leave behind goes with the world too.
  run('mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm');
  await body(inside);
}

async function startWorld(): Promise<void> {
  process.env.PATH = SYSTEM_PATH;
  const namespaces = permittedNamespaces();
  const directory = mkdtempSync(join(tmpdir(), 'hufu-hosts-'));
  // Should this process be killed, the kernel ends `unshare`, and that ends the world.
  const args = ['--pdeathsig', 'KILL', 'unshare', ...namespaces];
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const ignore = (): void => undefined;
  // Ctrl-C reaches the world as well; here it is awaited.
  process.on('SIGINT', ignore);
  try {
    process.exitCode = await new Promise<number>((resolve, reject) => {
      const child = spawn('setpriv', [...args, ...program], {
        stdio: 'inherit',
        env: { ...process.env, [MARK]: directory },
      });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
    rmSync(directory, { recursive: true, force: true });
  }
}

function permittedNamespaces(): string[] {
  const missing = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length > 0) {
    const packages = 'apt-get install iproute2 ethtool faketime';
    throw new Error(`hosts of their own need ${missing.join(', ')} (Debian: ${packages})`);
  }
  const refusals: string[] = [];
  for (const options of [NAMESPACES, [...AS_ROOT_INSIDE, ...NAMESPACES]]) {
    const { status, stderr } = spawnSync('unshare', [...options, 'true'], { encoding: 'utf8' });
    if (status === 0) return options;
    refusals.push(`unshare ${options.join(' ')}: ${stderr.trim()}`);
  }
  throw new Error(
    `hosts of their own need Linux namespaces, and this system permits none. Run them as root, or allow ` +
      `unprivileged user namespaces.\n${refusals.join('\n')}`,
  );
}
