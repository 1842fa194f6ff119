import { asEpoch, type Epoch } from '@hufu/consensus';
import type { ProtoReader, ProtoWriter } from '@hufu/proof';

/** Field of the epoch in a message and in a log record: after every kind of either, present and to come. */
const EPOCH = 15;

export function writeEpoch(writer: ProtoWriter, epoch: Epoch): void {
  writer.uint(EPOCH, epoch);
}

export function readEpoch(reader: ProtoReader): Epoch {
  return asEpoch(reader.uint(EPOCH, Number.MAX_SAFE_INTEGER));
}
