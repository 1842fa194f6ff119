import { SingleBar } from 'cli-progress';

/** Progress of one long piece of work. `update` takes the amount done so far. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

export type Unit = 'bytes' | 'steps';

/**
 * A progress bar on a terminal; elsewhere (a log, a pipe) one line when the work begins and one when it ends.
 * Writes to `stream`, which is standard error: standard output is for data.
 */
export function startProgress(
  title: string,
  total: number,
  unit: Unit,
  stream: NodeJS.WriteStream,
  color: boolean,
): Progress {
  if (!stream.isTTY) {
    stream.write(`${title} …\n`);
    return { update: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar({
    stream,
    format: `{title} ${color ? '\u001b[36m{bar}\u001b[0m' : '{bar}'} {percentage}% {amount}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
  });
  const amount = (done: number): string =>
    unit === 'bytes' ? `${formatBytes(done)} / ${formatBytes(total)}` : `${done} / ${total}`;
  bar.start(Math.max(total, 1), 0, { title, amount: amount(0) });
  return {
    update: (done) => bar.update(done, { amount: amount(done) }),
    stop: () => bar.stop(),
  };
}

/** Bytes for people, binary units with one decimal: `11.1 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
