import type { Share } from '../../src/types.ts';
import type { Host, Tamper } from '../host.ts';
import { signVote } from './actor.ts';

/** Makes up certificates: its own vote as often as a quorum needs, under its own index or others'. */
export const stuffer: Tamper = (host, to, message) => {
  if (message.kind !== 'notarize' && message.kind !== 'nullify' && message.kind !== 'finalize') {
    return [[to, message]];
  }
  const { view } = message;
  const { signatures } = signVote(host, { kind: 'nullify', view });
  const repeated = { kind: 'nullification', view, shares: shares(host, signatures, false) } as const;
  const spread = { kind: 'nullification', view, shares: shares(host, signatures, true) } as const;
  if (message.kind !== 'finalize') {
    return [
      [to, repeated],
      [to, spread],
      [to, message],
    ];
  }
  const { height, digests } = message;
  const finalization = { kind: 'finalization', view, height, digests } as const;
  return [
    [to, { ...finalization, shares: shares(host, message.signatures, false) }],
    [to, { ...finalization, shares: shares(host, message.signatures, true) }],
    [to, message],
  ];
};

function shares(host: Host, signatures: readonly Uint8Array[], spread: boolean): readonly Share[] {
  const peers = host.state?.peers ?? [];
  return peers.map((_, index) => ({
    signer: spread ? (host.world.validators[index] ?? host.index) : host.index,
    signatures,
  }));
}
