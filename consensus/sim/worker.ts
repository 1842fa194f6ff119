import { type Portion, runPortion } from './campaign.ts';

/** Started by `campaign`: runs what it is sent until its parent is done. */
process.on('message', (portion: Portion) => {
  process.send?.(runPortion(portion));
});
