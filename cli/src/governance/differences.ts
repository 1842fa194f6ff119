import type { Words } from '@hufu/api';
import { quorum } from '@hufu/consensus';
import type { GenesisParameters, GenesisValidator, Registry } from '@hufu/proof';

/** What a document changes, a line each, for people who decide whether to approve it. */
export function differences(before: Registry, next: Registry): readonly Words[] {
  return [
    ...memberChanges(before, next),
    ...validatorChanges(before, next),
    ...gatewayChanges(before, next),
    ...parameterChanges(before.parameters, next.parameters),
  ];
}

function memberChanges(before: Registry, next: Registry): Words[] {
  const changes: Words[] = [];
  for (const { name, organisation, roles } of next.members) {
    const old = before.members.find((member) => member.name === name);
    const now = `${name} (${organisation}; ${roles.join(', ')})`;
    if (old === undefined) changes.push({ zh: `+ 成员 ${now}`, en: `+ member ${now}` });
    else if (old.organisation !== organisation || old.roles.join() !== roles.join()) {
      const was = `${old.organisation}; ${old.roles.join(', ')}`;
      changes.push({ zh: `~ 成员 ${now}，原为 ${was}`, en: `~ member ${now}, was ${was}` });
    }
  }
  for (const { name } of before.members) {
    if (next.members.some((member) => member.name === name)) continue;
    changes.push({ zh: `- 成员 ${name}`, en: `- member ${name}` });
  }
  return changes;
}

function validatorChanges(before: Registry, next: Registry): Words[] {
  const added = next.validators.filter((validator) => !holds(before, validator));
  const removed = before.validators.filter((validator) => !holds(next, validator));
  const changes: Words[] = [];
  for (const validator of added) {
    const { member, peerId } = validator;
    const old = removed.find((each) => each.member === member);
    const sign = old === undefined ? '+' : '~';
    const keys = Object.entries(validator.keys).map(([suite, key]) => `\n    ${suite} ${key}`);
    const rotated: Words = old === undefined ? { zh: '', en: '' } : { zh: '，更换密钥', en: ', new keys' };
    changes.push({
      zh: `${sign} ${member} 的验证人${rotated.zh}：${peerId}${keys.join('')}`,
      en: `${sign} validator of ${member}${rotated.en}: ${peerId}${keys.join('')}`,
    });
  }
  for (const { member, peerId } of removed) {
    if (added.some((each) => each.member === member)) continue;
    changes.push({ zh: `- ${member} 的验证人：${peerId}`, en: `- validator of ${member}: ${peerId}` });
  }
  const order = (registry: Registry): string =>
    registry.validators
      .filter((each) => holds(before, each) && holds(next, each))
      .map(identity)
      .join();
  if (order(before) !== order(next)) changes.push({ zh: '~ 验证人顺序', en: '~ order of the validators' });
  const [was, now] = [before.validators.length, next.validators.length];
  if (was !== now) {
    changes.push({
      zh: `= 验证人 ${was} → ${now}，法定数 ${quorum(was)} → ${quorum(now)}`,
      en: `= validators ${was} → ${now}, quorum ${quorum(was)} → ${quorum(now)}`,
    });
  }
  return changes;
}

function gatewayChanges(before: Registry, next: Registry): Words[] {
  return next.gateways.flatMap(({ index, name, member, suite, publicKey }) => {
    const old = before.gateways[index];
    if (old === undefined) {
      return [
        {
          zh: `+ ${member} 的网关 ${index}（${name}）：${suite} ${publicKey}`,
          en: `+ gateway ${index} of ${member} (${name}): ${suite} ${publicKey}`,
        },
      ];
    }
    if (old.publicKey === publicKey) return [];
    return [
      {
        zh: `~ 网关 ${index}（${name}）更换密钥：${suite} ${publicKey}`,
        en: `~ gateway ${index} (${name}), new key: ${suite} ${publicKey}`,
      },
    ];
  });
}

function parameterChanges(before: GenesisParameters, next: GenesisParameters): Words[] {
  const was = new Map<string, number>(Object.entries(before));
  return Object.entries(next).flatMap(([name, value]) => {
    const text = `~ ${name}: ${was.get(name)} → ${value}`;
    return was.get(name) === value ? [] : [{ zh: text, en: text }];
  });
}

function holds({ validators }: Registry, validator: GenesisValidator): boolean {
  return validators.some((each) => identity(each) === identity(validator));
}

function identity({ member, peerId, keys }: GenesisValidator): string {
  return [member, peerId, ...Object.values(keys)].join(' ');
}
