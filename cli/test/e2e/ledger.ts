import type { BlockDetail, NodeClient, NodeStatus } from '@hufu/api';
import { eventually } from './eventually.ts';

/** The value of an answer; the test fails with the error when there is none. */
export function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Waits until the node has applied at least `height`, and returns its status then. */
export function untilHeight(node: NodeClient, height: number): Promise<NodeStatus> {
  return eventually(`${node.baseUrl} at height ${height}`, async () => {
    const status = await node.status();
    return status.ok && status.value.height >= height ? status.value : undefined;
  });
}

/** Waits until the node's log holds at least `size` entries. */
export function untilLogSize(node: NodeClient, size: number): Promise<NodeStatus> {
  return eventually(`${node.baseUrl} at log size ${size}`, async () => {
    const status = await node.status();
    return status.ok && status.value.logSize >= size ? status.value : undefined;
  });
}

/** Waits for a checkpoint of the epoch that the validator has signed, under every suite. */
export async function untilSigned(node: NodeClient, epoch: number, validator: number): Promise<void> {
  await eventually(`a signature of validator ${validator} in epoch ${epoch}`, async () => {
    const asked = await node.checkpoint();
    const certificates = asked.ok ? asked.value.certificates : [];
    const signed = certificates.filter((each) => {
      const bits = Buffer.from(each.bitmap, 'hex')[validator >> 3] ?? 0;
      return each.epoch === epoch && ((bits >> (validator & 7)) & 1) === 1;
    });
    return signed.length === 2 ? true : undefined;
  });
}

/** The exact header bytes (base64) of the blocks 1 … height, in order, as this node serves them. */
export async function headersTo(node: NodeClient, height: number): Promise<string[]> {
  const headers: string[] = [];
  for (let at = 1; at <= height; at += 1) headers.push((await blockAt(node, at)).headerBytes);
  return headers;
}

export async function blockAt(node: NodeClient, height: number): Promise<BlockDetail> {
  return must(await node.block({ height }));
}

/** Every record of the log below `size` in order: the evidence number and its SHA-256 digest. */
export async function entriesTo(node: NodeClient, size: number): Promise<{ id: string; sha256: string }[]> {
  const PAGE = 1000;
  const entries: { id: string; sha256: string }[] = [];
  let read = 0;
  for (let height = 1; read < size; height += 1) {
    const { entryCount } = await blockAt(node, height);
    for (let offset = 0; offset < entryCount; offset += PAGE) {
      const page = must(await node.blockEntries({ height, offset, limit: PAGE }));
      read += page.entries.length;
      for (const { index, decoded } of page.entries) {
        if (decoded.kind !== 'evidence' || index >= size) continue;
        entries.push({ id: `${decoded.gateway}-${decoded.serial}`, sha256: decoded.digests.sha256 ?? '' });
      }
    }
  }
  return entries;
}
