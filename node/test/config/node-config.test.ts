import t from 'tap';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseListenAddress, parseNodeConfig } from '../../src/config/node-config.ts';
import { suggestion } from '../../src/config/suggestion.ts';

const VALID = `
name = "broker"
genesis = "../../genesis.json"
keys = "keys"
data = "/var/lib/hufu"

[p2p]
listen = "/ip4/127.0.0.1/tcp/7000"
[[p2p.peers]]
index = 1
multiaddr = "/dns4/notary.example/tcp/7000"

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
    genesisPath: '/etc/hufu/genesis.json',
    keysPath: '/etc/hufu/nodes/broker/keys',
    dataPath: '/var/lib/hufu',
    p2p: {
      listen: '/ip4/127.0.0.1/tcp/7000',
      peers: [{ index: 1, multiaddr: '/dns4/notary.example/tcp/7000' }],
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
  t.match(problemsOf(VALID.replace('index = 1', 'index = 1\nport = 3')), ['p2p.peers.0.port']);
  t.match(problemsOf(`${VALID}\n[metrics]\non = true`)[0], /unknown key metrics \(known keys: name, genesis/);
});

t.test('wrong types and values are named by their path', async (t) => {
  for (const [from, to, expected] of [
    ['index = 1', 'index = -1', /^p2p\.peers\.0\.index/],
    ['index = 1', 'index = "1"', /^p2p\.peers\.0\.index/],
    ['"debug"', '"loud"', /^log\.level/],
    ['"[::1]:8001"', '"8001"', /^http\.listen: "8001" is not host:port/],
    ['"/ip4/127.0.0.1/tcp/7000"', '"127.0.0.1:7000"', /^p2p\.listen: .* is not a TCP multiaddr/],
    ['tcp/7000"\n\n', 'udp/7000"\n\n', /^p2p\.peers\[0\]\.multiaddr/],
    ['name = "broker"\n', '', /required properties name/],
    ['name = "broker"', 'name = broker', /^line 2, column 8/],
  ] as const) {
    const problems = problemsOf(VALID.replace(from, to));
    t.match(problems[0], expected);
  }
  const twice = `${VALID}[[p2p.peers]]\nindex = 1\nmultiaddr = "/ip4/10.0.0.1/tcp/1"\n`;
  t.strictSame(problemsOf(twice), ['p2p.peers: an index occurs twice']);
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
