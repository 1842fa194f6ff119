import type { Effect, ValidatorIndex } from '@hufu/consensus';

/** Acks are cumulative: of several to the same peers in one turn only the last need leave (duty 3). */
export function supersededAcks(effects: readonly Effect[]): ReadonlySet<Effect> {
  const superseded = new Set<Effect>();
  const seen = new Set<ValidatorIndex | 'all'>();
  for (const effect of effects.toReversed()) {
    if (effect.type !== 'send' && effect.type !== 'broadcast') continue;
    if (effect.message.kind !== 'acks') continue;
    const to = effect.type === 'send' ? effect.to : 'all';
    if (seen.has(to) || seen.has('all')) superseded.add(effect);
    seen.add(to);
  }
  return superseded;
}
