import { runSeries, type Series } from './execution.ts';
import { targetNamed } from './targets/index.ts';

/** Started by `campaign`: executes what it is sent until its parent is done. */
process.on('message', (series: Series) => {
  process.send?.(runSeries(targetNamed(series.decoder), series));
});
