import t from 'tap';
import { entriesTo, must, untilLogSize } from './ledger.ts';
import { startLoad } from './load.ts';
import { startTestNetwork } from './test-network.ts';

const RECORDS = 300;
const CRASHES = 3;

t.test(
  'kill -9 of the gateway under load: each record answered 202 is on the ledger exactly once',
  async (t) => {
    const { network, processes, gateway, nodes } = await startTestNetwork(t);
    const [node] = nodes;
    if (node === undefined) throw new Error('a network has nodes');
    const load = startLoad(gateway);
    t.teardown(() => load.stop());

    for (let crash = 0; crash < CRASHES; crash += 1) {
      await load.more(RECORDS);
      await processes.process(network.gateway.name).kill();
      processes.startGateway();
      await processes.ready(network.gateway);
    }
    await load.more(RECORDS);
    const accepted = await load.stop();
    const serials = [...accepted.keys()].map((id) => Number(id.split('-')[1]));
    // The ledger's rule makes serials contiguous, so with the highest one every lower one is there too.
    const { logSize } = await untilLogSize(node, Math.max(...serials) + 1);

    const entries = await entriesTo(node, logSize);
    t.strictSame(
      entries.map(({ id }) => id),
      entries.map((_, serial) => `0-${serial}`),
      'serials are contiguous: none missing, none twice',
    );
    const timesOnLedger = new Map<string, number>();
    for (const { sha256 } of entries) timesOnLedger.set(sha256, (timesOnLedger.get(sha256) ?? 0) + 1);
    const wrong = [...accepted].filter(
      ([id, sha256]) =>
        entries[Number(id.split('-')[1])]?.sha256 !== sha256 || timesOnLedger.get(sha256) !== 1,
    );
    t.ok(accepted.size >= (CRASHES + 1) * RECORDS, 'the load was real');
    t.strictSame(wrong, [], 'every accepted record is there, under its number, once');

    const states = await Promise.all([...accepted.keys()].slice(-10).map((id) => gateway.evidence({ id })));
    for (const state of states) t.equal(must(state).state, 'finalized', 'and the restarted gateway knows it');
  },
);
