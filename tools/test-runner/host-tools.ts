import { globSync } from 'node:fs';
import { aptInstall, canAptInstall } from './apt.ts';

/** What the tests on several hosts (cli/test/hosts) need of the system: a file of each Debian package. */
const FILES: Readonly<Record<string, string>> = {
  iproute2: '{/usr,}/{s,}bin/ip',
  ethtool: '{/usr,}/{s,}bin/ethtool',
  faketime: '/usr/lib/*/faketime/libfaketimeMT.so.1',
};

/** Installs what is missing where that is possible. Returns what is still missing and why, or an empty text. */
export async function ensureHostTools(root: string): Promise<string> {
  const packages = missing();
  if (packages.length === 0) return '';
  const output = canAptInstall() ? await aptInstall(root, packages) : '';
  const left = missing();
  return left.length === 0 ? '' : `${output}Install: apt-get install ${left.join(' ')}`;
}

function missing(): string[] {
  return Object.keys(FILES).filter((name) => globSync(FILES[name] ?? '').length === 0);
}
