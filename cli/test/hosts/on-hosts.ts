import t from 'tap';
import { startLab } from './lab.ts';
import { clockSteps, fullDisk, OWN_CLOCK_HOST, SMALL_DISK_HOST } from './scenarios/machine-faults.ts';
import { delayAndLoss, halves, minority } from './scenarios/network-faults.ts';
import { frozen, leaderKilled } from './scenarios/process-faults.ts';

const SMALL_DISK_MIB = 256;

/** Every scenario, one after the other, on one network of this many hosts. Clocks are set apart by these seconds. */
export async function allScenarios(
  directory: string,
  hosts: number,
  clockOffsets: readonly number[],
): Promise<void> {
  await t.test(`${hosts} hosts`, async (t) => {
    const lab = await startLab(t, {
      directory,
      hosts,
      ownClock: OWN_CLOCK_HOST,
      smallDisk: { host: SMALL_DISK_HOST, sizeMiB: SMALL_DISK_MIB },
      seed: hosts,
    });
    await delayAndLoss(lab);
    await halves(lab);
    await minority(lab);
    await leaderKilled(lab);
    await frozen(lab);
    await fullDisk(lab);
    await clockSteps(lab, clockOffsets);
  });
}
