import { join, resolve } from 'node:path';
import type { GatewayCard, ValidatorCard } from '@hufu/api';
import type { SuiteName } from '@hufu/crypto';
import { parsePeerKey } from '@hufu/node';
import type { Role } from '@hufu/proof';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { readAtMost } from '../evidence/read-file.ts';
import { type PeerKey, writeNodeKeys, writeSuiteKey } from '../network/key-files.ts';
import { nodeKeyPaths } from '../network/layout.ts';
import { cardPath, requireEmpty, writeCard } from './cards.ts';

const MAX_PEER_KEY_BYTES = 1_024;

export interface NodeKeysOptions {
  readonly out: string;
  readonly member: string;
  readonly organisation?: string;
  readonly roles?: readonly Role[];
  readonly keepPeerKey?: string;
}

/** `hufu node keys`. */
export async function makeNodeKeys(options: NodeKeysOptions, context: Context): Promise<void> {
  const { member, organisation, roles, keepPeerKey } = options;
  const directory = resolve(options.out);
  const peer = keepPeerKey === undefined ? undefined : await readPeerKey(keepPeerKey);
  requireEmpty(directory);
  const card = {
    member,
    ...(organisation !== undefined && { organisation }),
    ...(roles !== undefined && { roles: [...roles] }),
    ...writeNodeKeys(nodeKeyPaths(directory), peer),
  };
  tell(directory, card, context);
}

export interface GatewayKeysOptions {
  readonly out: string;
  readonly name: string;
  readonly member: string;
  readonly suite: SuiteName;
}

/** `hufu gateway keys`. */
export function makeGatewayKeys({ out, name, member, suite }: GatewayKeysOptions, context: Context): void {
  const directory = resolve(out);
  requireEmpty(directory);
  const publicKey = writeSuiteKey(join(directory, `${suite}.pem`), suite);
  tell(directory, { name, member, suite, publicKey }, context);
}

function tell(directory: string, card: ValidatorCard | GatewayCard, { terminal }: Context): void {
  const path = cardPath(directory);
  writeCard(path, card);
  terminal.data(path, { keys: directory, card: path });
}

async function readPeerKey(path: string): Promise<PeerKey> {
  const privateKey = await readAtMost(path, MAX_PEER_KEY_BYTES);
  const parsed = parsePeerKey(privateKey);
  if (parsed === undefined) throw new CliError('keys-unusable', `${path}: not an Ed25519 libp2p private key`);
  return { privateKey, peerId: parsed.peerId };
}
