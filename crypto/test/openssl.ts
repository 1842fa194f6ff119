import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Run {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs stock `openssl` in a directory of its own that holds `files`. Arguments name the files as they are. */
export function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Run {
  const directory = mkdtempSync(join(tmpdir(), 'hufu-openssl-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
    const { status, stdout, stderr, error } = spawnSync('openssl', args, { cwd: directory });
    if (error !== undefined) throw error;
    return { status, stdout, stderr: stderr.toString() };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
