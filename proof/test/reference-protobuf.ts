import { join } from 'node:path';
import protobuf from 'protobufjs';

const root = new protobuf.Root();
for (const name of ['entry', 'submission', 'header', 'validator-set']) {
  root.loadSync(join(import.meta.dirname, `../proto/${name}.proto`));
}

/** What protobufjs, which knows nothing of canonical forms, makes of a message of proof/proto/. */
export function referenceEncode(message: string, fields: Record<string, unknown>): Uint8Array {
  const type = root.lookupType(`hufu.v1.${message}`);
  return Uint8Array.from(type.encode(type.create(fields)).finish());
}

/** The fields as protobufjs reads them, integers as numbers; throws for what is no protobuf. */
export function referenceDecode(message: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(`hufu.v1.${message}`);
  return type.toObject(type.decode(bytes), { longs: Number });
}
