import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import { architecture } from './architecture.ts';
import { arrows } from './arrows.ts';
import { leftovers } from './leftovers.ts';
import { manifests } from './manifests.ts';
import { purity } from './purity.ts';
import { sizes } from './sizes.ts';

/** Every rule of the repository, in the order in which findings are printed. */
const RULES: readonly ((repository: Repository) => Finding[])[] = [
  arrows,
  purity,
  manifests,
  sizes,
  leftovers,
  architecture,
];

/** All findings of all rules; an empty list is a tidy repository. */
export function tidy(repository: Repository): Finding[] {
  return RULES.flatMap((rule) => rule(repository));
}
