import { registerHooks } from 'node:module';
import type { ActorName } from '../actors/index.ts';
import type { Core } from '../host.ts';
import type { FaultName } from '../scenario.ts';

/** One planted bug: a rule of the protocol broken by replacing text of the core's sources. */
export interface Mutant {
  readonly name: string;
  /** The rule that no longer holds. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** File of consensus/src. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A mutant and the conditions under which it is sought; null: what the seeds give. */
export interface Sought extends Mutant {
  readonly faults: readonly FaultName[] | null;
  readonly actor: ActorName | null;
  /** Sought at n = 4 and under faults unless said otherwise. */
  readonly n?: number;
  readonly kind?: 'twins';
}

const SOURCES = new URL('../../src/', import.meta.url).href;
const PARAMETER = '?mutant=';

/** Loads a second copy of the core with the mutant's edits; the real one stays as it is. */
export async function mutantCore(mutant: Mutant): Promise<Core> {
  const applied = new Set<Edit>();
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const ofMutant = context.parentURL?.endsWith(PARAMETER + mutant.name) === true;
      if (!ofMutant || !resolved.url.startsWith(SOURCES)) return resolved;
      return { ...resolved, url: resolved.url + PARAMETER + mutant.name };
    },
    load(url, context, next) {
      if (!url.endsWith(PARAMETER + mutant.name)) return next(url, context);
      const loaded = next(url.slice(0, -(PARAMETER + mutant.name).length), context);
      let source = String(loaded.source);
      for (const edit of mutant.edits) {
        if (!url.startsWith(SOURCES + edit.file)) continue;
        if (source.split(edit.find).length !== 2) {
          throw new Error(`mutant ${mutant.name}: ${edit.file} does not hold its text exactly once`);
        }
        source = source.replace(edit.find, () => edit.replace);
        applied.add(edit);
      }
      return { ...loaded, source };
    },
  });
  try {
    const core: Core = await import(`${SOURCES}step.ts${PARAMETER}${mutant.name}`);
    if (applied.size !== mutant.edits.length) throw new Error(`mutant ${mutant.name}: a file is not loaded`);
    return core;
  } finally {
    hooks.deregister();
  }
}
