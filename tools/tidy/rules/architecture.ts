import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';

const PATH = 'ARCHITECTURE.md';

/** ARCHITECTURE.md names every package, so that a new one cannot appear without its place being told. */
export function architecture(repository: Repository): Finding[] {
  const text = repository.files.get(PATH);
  if (text === undefined) return [{ path: PATH, line: 0, rule: 'architecture', message: 'missing' }];
  return repository.packages
    .filter(({ folder }) => !text.includes(`${folder}/`))
    .map(({ folder }) => {
      return { path: PATH, line: 0, rule: 'architecture', message: `does not mention ${folder}/` };
    });
}
