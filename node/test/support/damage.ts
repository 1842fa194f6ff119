import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The first file, by name, of a part of a data directory. */
export async function firstFile(directory: string, part: string): Promise<string> {
  const [name] = (await readdir(join(directory, part))).sort();
  if (name === undefined) throw new Error('no file');
  return join(directory, part, name);
}

/** Alters one bit. */
export async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  buffer.writeUInt8(buffer.readUInt8(0) ^ 0x10);
  await file.write(buffer, 0, 1, at);
  await file.close();
}
