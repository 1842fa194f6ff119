/** The value, which a test knows to be there; throws when it is not. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value that the test counts on is missing');
  return value;
}
