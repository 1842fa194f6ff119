import type { NodeStatus } from '@hufu/api';
import t from 'tap';
import { describe } from '../../src/commands/status.ts';

const STATUS: NodeStatus = {
  chain: 'test',
  chainId: {},
  suites: [],
  version: '1.2.3',
  node: { name: 'node', index: null, organisation: '', roles: [] },
  observer: true,
  epoch: 3,
  validators: 4,
  quorum: 3,
  view: 4_100,
  height: 4_080,
  logSize: 9_000,
  latestBlockTimeMs: 1,
  history: null,
  peers: [
    { index: 0, name: 'a', connected: true },
    { index: 1, name: 'b', connected: false },
  ],
};

t.test('a node is described in a line, with how far it is with the past while it fetches that', async (t) => {
  t.strictSame(describe(STATUS), {
    zh: '高度 4080，视图 4100，记录 9000，已连接 1/2',
    en: 'height 4080, view 4100, 9000 records, 1/2 peers connected',
  });
  const { zh, en } = describe({ ...STATUS, history: { height: 120, toHeight: 4_000 } });
  t.match(zh, /，历史数据补齐中 120 \/ 4,000$/);
  t.match(en, /, fetching history 120 \/ 4,000$/);
});
