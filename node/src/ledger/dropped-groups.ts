import type { DroppedGroup } from './types.ts';

/**
 * What a block drops, by gateway and reason. Threat: one validator can fill a block with a quarter of a million items of a
 * byte each, and what became of them is kept for ever; what is kept is bounded by the registry instead.
 */
export class DroppedGroups {
  readonly #groups = new Map<string, DroppedGroup>();

  /** One more item that does not apply, as a group of its own. Items come in the order of the block. */
  add(item: Omit<DroppedGroup, 'submissions'>): void {
    const key = `${item.gateway} ${item.reason}`;
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { ...item, submissions: 1 });
      return;
    }
    this.#groups.set(key, {
      ...group,
      firstSerial: Math.min(group.firstSerial, item.firstSerial),
      count: group.count + item.count,
      submissions: group.submissions + 1,
    });
  }

  /** In the order of their first items. */
  list(): readonly DroppedGroup[] {
    return [...this.#groups.values()];
  }
}
