import { createHmac, timingSafeEqual } from 'node:crypto';

/** Where a search goes on: below this serial, under the conditions named by `scope`. */
export class Cursors {
  readonly #key: Uint8Array;

  /** `key`: 32 secret bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** A cursor for the page below `serial`. `scope` names the search's conditions. */
  sign(serial: number, scope: string): string {
    return `${serial}.${this.#mac(serial, scope)}`;
  }

  /**
   * The serial in a cursor that `sign` made for the same conditions; undefined for anything else. Signed so
   * that what a page shows next is decided by the conditions that were checked, not by what a caller writes.
   */
  open(cursor: string, scope: string): number | undefined {
    const match = /^(0|[1-9][0-9]{0,15})\.([A-Za-z0-9_-]{43})$/.exec(cursor);
    const [, digits = '', mac = ''] = match ?? [];
    const serial = Number(digits);
    if (match === null || !Number.isSafeInteger(serial)) return undefined;
    const expected = Buffer.from(this.#mac(serial, scope));
    return timingSafeEqual(expected, Buffer.from(mac)) ? serial : undefined;
  }

  #mac(serial: number, scope: string): string {
    return createHmac('sha256', this.#key).update(`${serial}\n${scope}`).digest('base64url');
  }
}
