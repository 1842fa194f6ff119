import { decodeHeader, type Header } from '@hufu/proof';

/** The header of a stored block. */
export function headerOf({
  height,
  headerBytes,
}: {
  readonly height: number;
  readonly headerBytes: Uint8Array;
}): Header {
  const header = decodeHeader(headerBytes);
  if (!header.ok) throw new Error(`stored header of block ${height}: ${header.error.remark}`);
  return header.value;
}
