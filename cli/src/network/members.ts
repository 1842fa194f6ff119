import type { Member } from '@hufu/proof';

/** The organisations of a consortium in the order in which a test network adds them, with their names for people. */
const KINDS = [
  { role: 'broker', organisation: '示例证券 Example Securities' },
  { role: 'exchange-infra', organisation: '示例交易所技术公司 Example Exchange Technology' },
  { role: 'ca', organisation: '示例电子认证 Example Certification Authority' },
  { role: 'notary', organisation: '示例公证处 Example Notary Office' },
] as const;

/**
 * Members of a network of `count` validators: broker, exchange-infra, ca, notary, then broker-2 and so on. Each
 * runs one validator.
 */
export function networkMembers(count: number): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? KINDS[0];
    const round = Math.floor(index / KINDS.length) + 1;
    const suffix = round === 1 ? ['', ''] : [`-${round}`, ` ${round}`];
    return {
      name: `${kind.role}${suffix[0]}`,
      organisation: `${kind.organisation}${suffix[1]}`,
      roles: [kind.role],
    };
  });
}
