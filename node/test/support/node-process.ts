import { loadNodeConfig, startNode } from '../../src/index.ts';

/** One node as a process of its own: `node node-process.ts <node.toml>`; ends with its parent. */
const [, , configPath] = process.argv;
if (configPath === undefined) throw new Error('usage: node-process.ts <node.toml>');
const node = await startNode(loadNodeConfig(configPath));
const stop = async (): Promise<void> => {
  await node.stop();
  process.exit(0);
};
process.once('SIGTERM', stop);
process.once('disconnect', stop);
process.send?.({ httpUrl: node.httpUrl, opsUrl: node.opsUrl });
void node.failed.then((error) => {
  process.send?.({ failed: error.message });
});
