import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checker,
  type GatewayCard,
  GatewayCardSchema,
  type ValidatorCard,
  ValidatorCardSchema,
} from '@hufu/api';
import { CliError } from '../errors.ts';
import { readAtMost } from '../evidence/read-file.ts';

/** The public half of new keys, as a file that is handed to whoever proposes. */
export type Card =
  | { readonly kind: 'validator'; readonly card: ValidatorCard }
  | { readonly kind: 'gateway'; readonly card: GatewayCard };

const MAX_CARD_BYTES = 16_384;
const checkValidator = checker(ValidatorCardSchema);
const checkGateway = checker(GatewayCardSchema);

/** Reads a card of either kind. Throws `card-invalid`. */
export async function readCard(path: string): Promise<Card> {
  const value = parse(path, await readAtMost(path, MAX_CARD_BYTES));
  const validator = checkValidator(value);
  if (validator.ok) return { kind: 'validator', card: validator.value };
  const gateway = checkGateway(value);
  if (gateway.ok) return { kind: 'gateway', card: gateway.value };
  throw new CliError('card-invalid', path);
}

export async function readValidatorCard(path: string): Promise<ValidatorCard> {
  const card = await readCard(path);
  if (card.kind !== 'validator') throw new CliError('card-invalid', path);
  return card.card;
}

export async function readGatewayCard(path: string): Promise<GatewayCard> {
  const card = await readCard(path);
  if (card.kind !== 'gateway') throw new CliError('card-invalid', path);
  return card.card;
}

export function writeCard(path: string, card: ValidatorCard | GatewayCard): void {
  writeFileSync(path, `${JSON.stringify(card, null, 2)}\n`);
}

/** Throws `directory-not-empty` rather than let keys be overwritten. */
export function requireEmpty(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new CliError('directory-not-empty', directory);
  }
}

/** Where the card of new keys is: beside them. */
export function cardPath(directory: string): string {
  return join(directory, 'card.json');
}

function parse(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CliError('card-invalid', path, { cause });
  }
}
