/** What a dropped file is taken for. */
export type DroppedKind = 'bundle' | 'genesis' | 'content';

/** So much of a file's beginning tells its format. */
export const SNIFF_BYTES = 256;

const FORMAT = /^\s*\{\s*"format"\s*:\s*"hufu-(bundle|genesis)\//;

/**
 * Tells a bundle and a genesis from the files they are about. A damaged bundle must still count as a bundle,
 * or it would be hashed as content: so its name is enough.
 * @param beginning the first SNIFF_BYTES of the file, as text.
 */
export function kindOfFile(name: string, beginning: string): DroppedKind {
  if (/\.hufu\.json$/i.test(name)) return 'bundle';
  const format = FORMAT.exec(beginning)?.[1];
  return format === 'bundle' || format === 'genesis' ? format : 'content';
}
