import { inWorld } from '../../src/hosts/world.ts';

await inWorld(async (directory) => {
  const { allScenarios } = await import('./on-hosts.ts');
  await allScenarios(directory, 4, [-10, 10, 3600]);
});
