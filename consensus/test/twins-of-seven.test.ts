import { testTwins } from './support/twins.ts';

/* As twins.test.ts, with one pair of twins or two; a file of its own, so that both run at a time. */

testTwins(7, 500);
