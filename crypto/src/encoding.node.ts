import { Buffer } from 'node:buffer';

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return viewOf(bytes).toString('hex');
}

/** As the browser's `fromHex`: strict lower-case hex, undefined for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/.test(text) ? plain(Buffer.from(text, 'hex')) : undefined;
}

/** Base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  return viewOf(bytes).toString('base64');
}

/** As the browser's `fromBase64`. Node decodes leniently, so the text must equal what its bytes encode to. */
export function fromBase64(text: string): Uint8Array | undefined {
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('base64') === text ? plain(decoded) : undefined;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Buffers share a pool and have a `slice` that does not copy: callers get an array of their own instead. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
