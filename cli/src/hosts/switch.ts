import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** How the wide-area network behaves. */
export interface Conditions {
  /** Of every frame, one way: a round trip takes twice this. */
  readonly delayMs: number;
  /** The share of frames that are lost, 0 … 1. */
  readonly loss: number;
  /** Hosts reach only hosts of their own group; those in no group reach one another. */
  readonly groups: readonly (readonly number[])[];
}

/** Frames since the start. */
export interface SwitchAnswer {
  readonly forwarded: number;
  readonly lost: number;
  /** Not passed on because the hosts were in different groups. */
  readonly cut: number;
}

const GOOD_CONDITIONS: Conditions = { delayMs: 0, loss: 0, groups: [] };

/** The running switch (switch-process.ts) between hosts. */
export class Switch {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `seed` decides which frames are lost. */
  static async start(seed: number): Promise<Switch> {
    const child = fork(join(import.meta.dirname, 'switch-process.ts'), [String(seed)]);
    await once(child, 'message');
    return new Switch(child);
  }

  /** Changes what is not as it should be; what is not named is good. Resolves when it holds. */
  async set(conditions: Partial<Conditions>): Promise<SwitchAnswer> {
    this.#child.send({ ...GOOD_CONDITIONS, ...conditions });
    const [answer] = await once(this.#child, 'message');
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
