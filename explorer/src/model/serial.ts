/** Names a record by who submitted it: the gateway's registry index and that gateway's own count. */
export interface Serial {
  readonly gateway: number;
  readonly serial: number;
}

const GATEWAY_DIGITS = 4;
const SERIAL_DIGITS = 12;
const GROUP_DIGITS = 4;

/**
 * A record's printed number (存证编号): the gateway in 4 digits, its serial in at least 12, in groups of four:
 * gateway 1, serial 42 is `0001-0000-0000-0042`. A gateway beyond 4 digits is printed `10000/42`.
 */
export function formatSerial({ gateway, serial }: Serial): string {
  const gatewayDigits = String(gateway).padStart(GATEWAY_DIGITS, '0');
  if (gatewayDigits.length > GATEWAY_DIGITS) return `${gateway}/${serial}`;
  const digits = gatewayDigits + String(serial).padStart(SERIAL_DIGITS, '0');
  const groups: string[] = [];
  for (let start = 0; start < digits.length; start += GROUP_DIGITS) {
    groups.push(digits.slice(start, start + GROUP_DIGITS));
  }
  return groups.join('-');
}

/**
 * Reads either printed form; hyphens and spaces are for the eye only and ignored.
 * @returns undefined for anything else, and for a serial beyond 2^53−1.
 */
export function parseSerial(text: string): Serial | undefined {
  const compact = text.replace(/[\s-]/g, '');
  const parts = /^(\d{4})(\d{12,16})$/.exec(compact) ?? /^(\d{1,10})\/(\d{1,16})$/.exec(compact);
  if (parts === null) return undefined;
  const gateway = Number(parts[1]);
  const serial = Number(parts[2]);
  return Number.isSafeInteger(serial) ? { gateway, serial } : undefined;
}
