import { MAX_BUNDLE_BYTES, MAX_GENESIS_BYTES } from '@hufu/proof';
import { kindOfFile, SNIFF_BYTES } from '../../model/dropped-file.ts';

/** A file to hash; its id names it in query keys, since two files may have one name. */
export interface ContentInput {
  readonly id: number;
  readonly file: File;
}

/** A file that is read whole. */
export interface BytesInput {
  readonly id: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What there is to verify. Each part replaces the former one of its kind. */
export interface Inputs {
  readonly content?: ContentInput;
  readonly bundle?: BytesInput;
  readonly genesis?: BytesInput;
  /** A pasted digest, 64 lower-case hex digits; only without `content`. */
  readonly digest?: string;
}

let lastId = 0;

/** Adds dropped files. One byte more than the limit is read of a proof, so that the verifier can refuse it. */
export async function withFiles(inputs: Inputs, files: readonly File[]): Promise<Inputs> {
  let next = inputs;
  for (const file of files) {
    lastId += 1;
    const id = lastId;
    const beginning = await file.slice(0, SNIFF_BYTES).text();
    switch (kindOfFile(file.name, beginning)) {
      case 'bundle':
        next = { ...next, bundle: await readBytes(id, file, MAX_BUNDLE_BYTES) };
        break;
      case 'genesis':
        next = { ...next, genesis: await readBytes(id, file, MAX_GENESIS_BYTES) };
        break;
      case 'content':
        next = { ...without(next, 'digest'), content: { id, file } };
        break;
    }
  }
  return next;
}

async function readBytes(id: number, file: File, maxBytes: number): Promise<BytesInput> {
  const bytes = new Uint8Array(await file.slice(0, maxBytes + 1).arrayBuffer());
  return { id, name: file.name, bytes };
}

export function without(inputs: Inputs, part: keyof Inputs): Inputs {
  const { [part]: _, ...rest } = inputs;
  return rest;
}
