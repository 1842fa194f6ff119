import { runSeries, type Series } from './campaign.ts';

/** Started by `campaign`: runs what it is sent until its parent is done. */
process.on('message', (series: Series) => {
  process.send?.(runSeries(series));
});
