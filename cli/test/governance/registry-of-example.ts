import { readFileSync } from 'node:fs';
import type { ValidatorCard } from '@hufu/api';
import { generateKeyPair, SUITE_NAMES, toHex } from '@hufu/crypto';
import { parseGenesis, type Registry } from '@hufu/proof';

const GENESIS = new URL('../../../testdata/example/genesis.json', import.meta.url);

/** The registry of the example network: broker, exchange-infra, ca and notary, one gateway. */
export function exampleRegistry(): Registry {
  const parsed = parseGenesis(new Uint8Array(readFileSync(GENESIS)));
  if (!parsed.ok) throw new Error(parsed.error.remark);
  const { members, validators, gateways, parameters } = parsed.value.genesis;
  return { members, validators, gateways, parameters };
}

/** A card with new keys. */
export function newCard(member: string): ValidatorCard {
  const keys = SUITE_NAMES.map((suite) => [suite, toHex(generateKeyPair(suite).publicKey)]);
  return { member, peerId: `12D3KooW${'B'.repeat(44)}`, keys: Object.fromEntries(keys) };
}
