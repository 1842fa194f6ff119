import { testSeeds } from './support/seeds.ts';

/* As simulation.test.ts, for larger n: a file of its own, so that both run at a time. */

testSeeds(7, 150);
testSeeds(10, 50);
testSeeds(16, 20);
