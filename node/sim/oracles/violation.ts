/** Something happened that a node promises never happens. */
export class Violation extends Error {
  readonly oracle: string;

  constructor(oracle: string, what: string) {
    super(`${oracle}: ${what}`);
    this.oracle = oracle;
  }
}
