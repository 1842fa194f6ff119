/**
 * Bytes of a message in the protobuf encoding that nodes speak (docs/spec/peer-protocol.md), from its shape alone: a tag
 * of one byte and, but for numbers, a length before each field. Zero, empty and absent fields take nothing.
 */
export function sizeBytes(message: object): number {
  return field(bodyBytes(message));
}

function bodyBytes(value: object): number {
  return Object.entries(value).reduce(
    (sum, [name, part]) => (name === 'kind' ? sum : sum + partBytes(part)),
    0,
  );
}

function partBytes(part: unknown): number {
  if (typeof part === 'number') return part === 0 ? 0 : 1 + varintBytes(part);
  if (part instanceof Uint8Array) return field(part.length);
  if (Array.isArray(part)) return part.reduce((sum: number, element) => sum + elementBytes(element), 0);
  return typeof part === 'object' && part !== null ? field(bodyBytes(part)) : 0;
}

/** Elements are written even if they are empty. */
function elementBytes(element: unknown): number {
  if (element instanceof Uint8Array) return field(element.length);
  return typeof element === 'object' && element !== null ? field(bodyBytes(element)) : 0;
}

function field(bytes: number): number {
  return 1 + varintBytes(bytes) + bytes;
}

function varintBytes(value: number): number {
  return Math.max(1, Math.ceil(Math.log2(value + 1) / 7));
}
