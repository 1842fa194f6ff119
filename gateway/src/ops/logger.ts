import { type Logger, pino } from 'pino';
import type { GatewayConfig } from '../config/gateway-config.ts';

/** JSON lines on standard output. API keys and evidence never reach it: what could carry them is cut out. */
export function createLogger(config: GatewayConfig): Logger {
  return pino({
    name: config.name,
    level: config.log.level,
    redact: {
      paths: [
        'authorization',
        '*.authorization',
        '*.*.authorization',
        'token',
        '*.token',
        'req.headers',
        'err.body',
      ],
      censor: '[redacted]',
    },
  });
}
