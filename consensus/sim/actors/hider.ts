import { faults } from '../../src/index.ts';
import type { Tamper } from '../host.ts';

/**
 * Shows its proposals to just enough others to have them notarized, votes for nobody else's, and keeps all it
 * knows of finality to itself.
 */
export const hider: Tamper = (host, to, message) => {
  const { n } = host.world.config;
  const distance = (to - host.index + n) % n;
  switch (message.kind) {
    case 'proposal':
      return distance <= faults(n) ? [] : [[to, message]];
    case 'finalize':
    case 'finalization':
    case 'blocks':
      return [];
    case 'status':
      return [[to, { ...message, finalization: null }]];
    case 'notarize':
      return message.view % n === host.index ? [[to, message]] : [];
    default:
      return [[to, message]];
  }
};
