import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/**
 * Bytes of lower-case hex; undefined for anything else.
 * Strict so that a value has exactly one spelling: upper case or spaces would let one bundle have two texts.
 */
export function fromHex(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/.test(text) ? hexToBytes(text) : undefined;
}

/** String.fromCharCode takes its bytes as arguments, and engines limit those; this is far below any limit. */
const CHUNK_BYTES = 8192;

/** Base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(binary);
}

/**
 * Bytes of canonical, padded base64; undefined for anything else: white space, the URL alphabet, missing
 * padding, and trailing bits that are not zero (RFC 4648, section 3.5), which a lenient decoder would ignore.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}
