import t from 'tap';
import { FrameDecoder, framePrefix } from '../../src/p2p/frames.ts';

function stream(...frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames.flatMap((frame) => [framePrefix(frame.length), frame]));
}

const FRAMES = [new Uint8Array([1]), new Uint8Array(300).fill(2), new Uint8Array([3, 4, 5])];

t.test('frames come out whole wherever the stream is cut', async (t) => {
  const bytes = stream(...FRAMES);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const decoder = new FrameDecoder(1000);
    const frames: Uint8Array[] = [];
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      const result = decoder.push(chunk);
      if (!result.ok) throw new Error(result.error.code);
      frames.push(...result.frames);
    }
    if (!t.strictSame(frames.map(Buffer.from), FRAMES.map(Buffer.from), `cut at ${cut}`)) return;
  }
});

t.test('a stream delivered byte by byte decodes', async (t) => {
  const decoder = new FrameDecoder(1000);
  let count = 0;
  for (const byte of stream(...FRAMES)) {
    const result = decoder.push(new Uint8Array([byte]));
    if (result.ok) count += result.frames.length;
  }
  t.equal(count, FRAMES.length);
});

t.test('empty frames are keep-alives and yield nothing', async (t) => {
  const result = new FrameDecoder(10).push(stream(new Uint8Array(0), new Uint8Array([9]), new Uint8Array(0)));
  t.ok(result.ok && result.frames.length === 1 && result.frames[0]?.[0] === 9);
});

t.test('a frame of exactly the limit passes, one byte more is refused from its prefix alone', async (t) => {
  t.ok(new FrameDecoder(300).push(stream(new Uint8Array(300))).ok);
  t.strictSame(new FrameDecoder(300).push(framePrefix(301)), {
    ok: false,
    error: { code: 'frame-too-large', sizeBytes: 301 },
  });
  t.strictSame(new FrameDecoder(300).push(new Uint8Array([255, 255, 255, 255])), {
    ok: false,
    error: { code: 'frame-too-large', sizeBytes: 0xffffffff },
  });
});

t.test('returned frames do not alias the chunk', async (t) => {
  const bytes = stream(new Uint8Array([7, 7]));
  const result = new FrameDecoder(10).push(bytes);
  bytes.fill(0);
  t.ok(result.ok && result.frames[0]?.[0] === 7);
});
