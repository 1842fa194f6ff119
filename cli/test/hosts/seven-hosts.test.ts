import { inWorld } from '../../src/hosts/world.ts';

await inWorld(async (directory) => {
  const { allScenarios } = await import('./on-hosts.ts');
  await allScenarios(directory, 7, [10]);
});
