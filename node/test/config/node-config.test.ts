import t from 'tap';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseListenAddress, parseNodeConfig } from '../../src/config/node-config.ts';
import { suggestion } from '../../src/config/suggestion.ts';

const PEER = '12D3KooWGBQwhKrf7uSwQSSBFUqQYdKnCa8meD8y7XhGXd7qisVT';
const OBSERVER = '12D3KooWHXhdw4JvxGUt5BYv1m31yuhvHgyK5QxkTqi8FJCqdUXv';
const VALID = `
name = "broker"
genesis = "../../genesis.json"
keys = "keys"
data = "/var/lib/hufu"

[p2p]
listen = "/ip4/127.0.0.1/tcp/7000"
peers = ["/dns4/notary.example/tcp/7000/p2p/${PEER}"]
observers = ["${OBSERVER}"]

[http]
listen = "[::1]:8001"

[log]
level = "debug"
`;
const FILE = '/etc/hufu/nodes/broker/node.toml';

function problemsOf(text: string): readonly string[] {
  try {
    parseNodeConfig(text, FILE);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

t.test('a valid file resolves paths from its own directory and fills in defaults', async (t) => {
  t.strictSame(parseNodeConfig(VALID, FILE), {
    name: 'broker',
    observer: false,
    genesisPath: '/etc/hufu/genesis.json',
    keysPath: '/etc/hufu/nodes/broker/keys',
    dataPath: '/var/lib/hufu',
    p2p: {
      listen: '/ip4/127.0.0.1/tcp/7000',
      peers: [{ peerId: PEER, multiaddr: '/dns4/notary.example/tcp/7000' }],
      observers: [OBSERVER],
    },
    http: { listen: { host: '::1', port: 8001 } },
    ops: { listen: { host: '127.0.0.1', port: 9090 } },
    log: { level: 'debug' },
  });
});

t.test('an unknown key is refused with the key it resembles', async (t) => {
  t.strictSame(problemsOf(`nam = "x"\n${VALID}`), ['unknown key nam (did you mean name?)']);
  t.match(
    problemsOf(VALID.replace('[http]\nlisten', '[http]\nlisen'))[0],
    /unknown key http\.lisen .*listen/,
  );
  t.match(problemsOf(`${VALID}\n[metrics]\non = true`)[0], /unknown key metrics \(known keys: name, genesis/);
});

t.test('wrong types and values are named by their path', async (t) => {
  for (const [from, to, expected] of [
    ['peers = ["/dns4', 'peers = [1, "/dns4', /^p2p\.peers\.0 must be string/],
    [`/p2p/${PEER}`, '', /^p2p\.peers\[0\]: .* ends with \/p2p\/ and a peer id/],
    [`/p2p/${PEER}`, `/p2p/${PEER}x`, /^p2p\.peers\[0\]: .* ends with \/p2p\/ and a peer id/],
    [OBSERVER, 'regulator', /^p2p\.observers\[0\]: "regulator" is not a peer id/],
    ['"debug"', '"loud"', /^log\.level/],
    ['"[::1]:8001"', '"8001"', /^http\.listen: "8001" is not host:port/],
    ['"/ip4/127.0.0.1/tcp/7000"', '"127.0.0.1:7000"', /^p2p\.listen: .* is not a TCP multiaddr/],
    ['example/tcp/7000', 'example/udp/7000', /^p2p\.peers\[0\]: .* is not a TCP multiaddr/],
    ['name = "broker"\n', '', /required properties name/],
    ['name = "broker"', 'name = broker', /^line 2, column 8/],
  ] as const) {
    const problems = problemsOf(VALID.replace(from, to));
    t.match(problems[0], expected);
  }
  const twice = VALID.replace('peers = [', `peers = ["/ip4/10.0.0.1/tcp/1/p2p/${PEER}", `);
  t.strictSame(problemsOf(twice), ['p2p.peers: a peer id occurs twice']);
});

t.test('listen addresses: strict host:port', async (t) => {
  t.strictSame(parseListenAddress('localhost:0'), { host: 'localhost', port: 0 });
  for (const bad of ['', ':80', 'a:', 'a:65536', 'a:-1', 'a: 1', '::1:80', 'a:1e3', '[::1]']) {
    t.equal(parseListenAddress(bad), undefined, bad);
  }
});

t.test('suggestions are at most two edits away', async (t) => {
  t.equal(suggestion('lisen', ['level', 'listen']), 'listen');
  t.equal(suggestion('xyz', ['level', 'listen']), undefined);
});
