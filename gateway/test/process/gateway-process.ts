/** A gateway as a process of its own, for tests that kill it: `node gateway-process.ts gateway.toml`. */
import { loadGatewayConfig, startGateway } from '../../src/index.ts';

const [, , path = ''] = process.argv;
const gateway = await startGateway(loadGatewayConfig(path));
process.stdout.write(`${JSON.stringify({ ready: gateway.url })}\n`);
process.once('SIGTERM', () => void gateway.stop());
