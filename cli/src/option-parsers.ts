import { DEFAULT_PARAMETERS, type GenesisParameters, ROLES, type Role } from '@hufu/proof';
import { InvalidArgumentError } from 'commander';

/** A parser for commander: a plain decimal integer in the range, nothing else. */
export function integerIn(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`must be ${min} … ${max}`);
    return value;
  };
}

/** A network's name, as genesis takes it: lower-case letters, digits and inner hyphens. */
export function networkName(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('must be 1 … 63 lower-case letters, digits and inner hyphens');
  }
  return text;
}

/** Host names or IP addresses, separated by commas. */
export function hostList(text: string): string[] {
  const hosts = text.split(',');
  const bad = hosts.find((host) => !/^[A-Za-z0-9:](?:[A-Za-z0-9.:-]{0,252})$/.test(host));
  if (bad !== undefined) throw new InvalidArgumentError(`"${bad}" is no host name or IP address`);
  return hosts;
}

/** A parameter of the genesis and its new value. */
export interface ParameterSetting {
  readonly name: keyof GenesisParameters;
  readonly value: number;
}

/** One more `parameter=value` of a repeated option. */
export function parameterSetting(text: string, before: readonly ParameterSetting[] = []): ParameterSetting[] {
  const [, given = '', digits = ''] = /^([A-Za-z]+)=(\d{1,15})$/.exec(text) ?? [];
  const name = PARAMETERS.find((known) => known === given);
  if (name === undefined) {
    throw new InvalidArgumentError(`must be parameter=number, the parameter one of ${PARAMETERS.join(', ')}`);
  }
  return [...before, { name, value: Number(digits) }];
}

// The type lists these very names, which Object.keys forgets.
const PARAMETERS = Object.keys(DEFAULT_PARAMETERS) as (keyof GenesisParameters)[];

/** Roles of a member, separated by commas. */
export function roleList(text: string): Role[] {
  return text.split(',').map((name) => {
    const role = ROLES.find((known) => known === name);
    if (role === undefined) throw new InvalidArgumentError(`"${name}" is none of ${ROLES.join(', ')}`);
    return role;
  });
}
