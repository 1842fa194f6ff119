import type { Tamper } from '../host.ts';

/** Sends what it once got from others again, to anyone: their votes, proposals, certificates, batches, questions and claims. */
export const replayer: Tamper = (host, to, message) => {
  if (host.heard.length === 0) return [[to, message]];
  const { prng } = host.world;
  return [
    [to, prng.pick(host.heard)],
    [to, message],
    [prng.pick(host.world.validators), prng.pick(host.heard)],
  ];
};
