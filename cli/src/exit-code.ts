/** Exit codes of every command. Scripts rely on them. */
export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  cannotTell: 3,
  notFound: 4,
  network: 5,
  notAuthorised: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
