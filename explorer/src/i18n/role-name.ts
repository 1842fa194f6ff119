import type { TFunction } from 'i18next';

/** A member's role in words; a role this page does not know yet is shown as it is. */
export function roleName(t: TFunction, role: string): string {
  switch (role) {
    case 'broker':
    case 'exchange-infra':
    case 'ca':
    case 'notary':
    case 'observer':
      return t(`role.${role}`);
    default:
      return role;
  }
}
