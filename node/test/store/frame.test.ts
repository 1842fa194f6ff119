import { crc32 } from 'node:zlib';
import t from 'tap';
import { encodeFrame, parseFrame } from '../../src/store/frame.ts';

/** A frame with this number in its header, its checksum put right. */
function frameNumbered(sequence: bigint): Buffer {
  const frame = Buffer.concat(encodeFrame(1, [Uint8Array.of(7)]).parts);
  frame.writeBigUInt64BE(sequence, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 24)), 24);
  return frame;
}

t.test('a frame has a number that is held exactly, or is damaged', async (t) => {
  const greatest = BigInt(Number.MAX_SAFE_INTEGER);
  t.match(parseFrame(frameNumbered(greatest), 0), { kind: 'frame', sequence: Number.MAX_SAFE_INTEGER });
  t.strictSame(parseFrame(frameNumbered(greatest + 1n), 0), {
    kind: 'damaged',
    remark: 'number of the frame at byte 0',
  });
});
