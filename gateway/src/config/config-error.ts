/** The configuration cannot be used. `problems` are sentences for the operator, one a fault, never secrets. */
export class ConfigError extends Error {
  readonly code = 'config-invalid';
  readonly path: string;
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[], options?: ErrorOptions) {
    super(`${path}: ${problems.join('; ')}`, options);
    this.name = 'ConfigError';
    this.path = path;
    this.problems = problems;
  }
}
