import type { GatewayCard, ValidatorCard } from '@hufu/api';
import type { GenesisParameters, Registry } from '@hufu/proof';
import { CliError } from '../errors.ts';
import type { Card } from './cards.ts';

/** What a proposal changes; everything else stays as it is. */
export interface Edits {
  readonly set: readonly { readonly name: keyof GenesisParameters; readonly value: number }[];
  /** Names of members whose validators go. */
  readonly removeValidators: readonly string[];
  readonly rotate: readonly Card[];
  readonly addValidators: readonly ValidatorCard[];
  readonly addGateways: readonly GatewayCard[];
}

/** The registry after the edits, in the order in which `Edits` lists them. Throws `edit-impossible`. */
export function editRegistry(before: Registry, edits: Edits): Registry {
  let next = { ...before, parameters: { ...before.parameters } };
  for (const { name, value } of edits.set) next.parameters[name] = value;
  for (const member of edits.removeValidators) next = { ...next, ...withoutValidators(next, member) };
  for (const card of edits.rotate) next = { ...next, ...rotated(next, card) };
  for (const card of edits.addValidators) next = { ...next, ...withValidator(next, card) };
  for (const card of edits.addGateways) {
    next = { ...next, gateways: [...next.gateways, { index: next.gateways.length, ...card }] };
  }
  return next;
}

function withoutValidators({ validators }: Registry, member: string): Pick<Registry, 'validators'> {
  const left = validators.filter((validator) => validator.member !== member);
  if (left.length === validators.length) throw new CliError('edit-impossible', `${member} runs no validator`);
  return { validators: left };
}

/** A key changes in place: the index stays the same. */
function rotated(registry: Registry, rotation: Card): Partial<Registry> {
  if (rotation.kind === 'gateway') {
    const { name, member, suite, publicKey } = rotation.card;
    const known = registry.gateways.some(
      (gateway) => gateway.name === name && gateway.member === member && gateway.suite === suite,
    );
    if (!known) throw new CliError('edit-impossible', `no gateway ${name} of ${member} with a ${suite} key`);
    return {
      gateways: registry.gateways.map((gateway) =>
        gateway.name === name ? { ...gateway, publicKey } : gateway,
      ),
    };
  }
  const { member, peerId, keys } = rotation.card;
  const own = registry.validators.filter((validator) => validator.member === member);
  const [old] = own.length === 1 ? own : own.filter((validator) => validator.peerId === peerId);
  if (old === undefined) {
    throw new CliError('edit-impossible', `${member} runs ${own.length} validators, none of them ${peerId}`);
  }
  return {
    validators: registry.validators.map((validator) =>
      validator === old ? { member, peerId, keys } : validator,
    ),
  };
}

function withValidator(registry: Registry, card: ValidatorCard): Pick<Registry, 'members' | 'validators'> {
  const { member, peerId, keys, organisation, roles } = card;
  const validators = [...registry.validators, { member, peerId, keys }];
  if (registry.members.some(({ name }) => name === member)) return { members: registry.members, validators };
  if (organisation === undefined || roles === undefined) {
    throw new CliError(
      'edit-impossible',
      `${member} is no member yet, and its card names no organisation and roles`,
    );
  }
  return { members: [...registry.members, { name: member, organisation, roles }], validators };
}
