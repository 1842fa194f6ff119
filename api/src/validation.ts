import { IsArray, IsInteger, IsObject, type Static, type TArray, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { FieldError } from './problem.ts';
import { MAX_FIELD_ERRORS } from './problem.ts';

/** Which part of a request a schema is for; the words are Fastify's. */
export type RequestPart = 'body' | 'querystring' | 'params' | 'headers';

/** A request that does not match its schema. An Error because that is how Fastify carries it to its handler. */
export class RequestError extends Error {
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super('the request does not match its schema');
    this.name = 'RequestError';
    this.errors = errors;
  }
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * A compiled, closed check of untrusted JSON. Schemas are compiled once; where a content security policy
 * forbids code generation the check is interpreted.
 */
export function checker<S extends TSchema>(
  schema: S,
  pointerPrefix = '',
): (value: unknown) => Checked<Static<S>> {
  const validator = Compile(schema);
  const explain = explainer(schema);
  const maxItems = maxItemsOf(schema);
  return (value) => {
    // Before any look at the items.
    if (Array.isArray(value) && value.length > maxItems) {
      return { ok: false, errors: [tooManyItems(pointerPrefix, maxItems)] };
    }
    // Check is a type guard for the encoded type; these schemas have no codecs, so the two are one.
    if (validator.Check(value)) return { ok: true, value: value as Static<S> };
    return { ok: false, errors: explain(value, pointerPrefix).slice(0, MAX_FIELD_ERRORS) };
  };
}

type Explain = (value: unknown, pointer: string) => FieldError[];

/**
 * Names what is wrong with a value that the schema refuses. Threat: the library walks the whole value however
 * few errors are wanted, which takes seconds for a hostile one; so arrays are explained item by item until
 * enough is known, and objects with too many members by their unknown names alone.
 */
function explainer(schema: TSchema): Explain {
  const validator = Compile(schema);
  const byLibrary: Explain = (value, pointer) =>
    validator.Errors(value).flatMap(({ instancePath, message, keyword }) => {
      // The library names an unknown member twice: once as 'boolean' at the member, once at the object.
      if (keyword === 'additionalProperties') return [];
      const detail = keyword === 'boolean' ? UNKNOWN_FIELD : message;
      return [{ pointer: `${pointer}${instancePath}`, detail }];
    });
  if (IsArray(schema)) return arrayExplainer(schema, byLibrary);
  if (!IsObject(schema)) return byLibrary;
  const known = schema.properties;
  const most = Object.keys(known).length + MAX_FIELD_ERRORS;
  return (value, pointer) => {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    if (names.length <= most) return byLibrary(value, pointer);
    const unknown = names.slice(0, most).filter((name) => !Object.hasOwn(known, name));
    return unknown.map((name) => ({
      pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: UNKNOWN_FIELD,
    }));
  };
}

function arrayExplainer(schema: TArray, byLibrary: Explain): Explain {
  const { items } = schema;
  const maxItems = maxItemsOf(schema);
  const itemValidator = Compile(items);
  const explainItem = explainer(items);
  return (value, pointer) => {
    if (!Array.isArray(value)) return byLibrary(value, pointer);
    if (value.length > maxItems) return [tooManyItems(pointer, maxItems)];
    const errors: FieldError[] = [];
    for (const [i, item] of value.entries()) {
      if (errors.length >= MAX_FIELD_ERRORS) break;
      if (!itemValidator.Check(item)) errors.push(...explainItem(item, `${pointer}/${i}`));
    }
    return errors.length > 0 ? errors : byLibrary(value, pointer);
  };
}

function maxItemsOf(schema: TSchema): number {
  return 'maxItems' in schema && typeof schema.maxItems === 'number'
    ? schema.maxItems
    : Number.POSITIVE_INFINITY;
}

function tooManyItems(pointer: string, maxItems: number): FieldError {
  return { pointer, detail: `more than ${maxItems} items` };
}

const UNKNOWN_FIELD = 'unknown field';

/**
 * Decodes an unsigned integer in a path or query. Threat: lenient number parsing accepts '1e3', ' 7', '0x10'
 * and rounds beyond 2^53, so two spellings would name one thing and one spelling another.
 */
export function parseUnsigned(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/**
 * Fastify's `setValidatorCompiler` for the tables of this package: path and query integers are parsed
 * strictly, everything is checked as it is (no coercion, no defaults, no removal).
 */
export function validatorCompiler(route: {
  readonly schema: TSchema;
  readonly httpPart?: string;
}): (data: unknown) => { value: unknown } | { error: RequestError } {
  const part = route.httpPart ?? 'body';
  const check = checker(route.schema, pointerPrefixOf(part));
  const textual = part === 'querystring' || part === 'params' ? integerFields(route.schema) : [];
  return (data) => {
    const result = check(textual.length === 0 ? data : withIntegers(data, textual));
    return result.ok ? { value: result.value } : { error: new RequestError(result.errors) };
  };
}

function pointerPrefixOf(part: string): string {
  switch (part) {
    case 'querystring':
      return '#/query';
    case 'params':
      return '#/path';
    case 'headers':
      return '#/headers';
    default:
      return '';
  }
}

function integerFields(schema: TSchema): readonly string[] {
  if (!IsObject(schema)) return [];
  return Object.entries(schema.properties)
    .filter(([, property]) => IsInteger(property))
    .map(([name]) => name);
}

/** A text that is not an integer is left as it is, so that the schema refuses it at its place. */
function withIntegers(data: unknown, fields: readonly string[]): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const copy: Record<string, unknown> = { ...data };
  for (const field of fields) {
    const text = copy[field];
    if (typeof text === 'string') copy[field] = parseUnsigned(text) ?? text;
  }
  return copy;
}
