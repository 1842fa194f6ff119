import t from 'tap';
import { ConfigError, parseGatewayConfig } from '../../src/index.ts';

const GOOD = `
name = "g"
genesis = "../genesis.json"
gateway = 0
key = "keys/k.pem"
data = "data"
nodes = ["http://127.0.0.1:1"]
`;

function problems(text: string): readonly string[] {
  try {
    parseGatewayConfig(text, '/etc/hufu/gateway.toml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

t.test('paths are taken from the file’s directory, and what is left out has a default', async (t) => {
  const config = parseGatewayConfig(GOOD, '/etc/hufu/gateway.toml');
  t.match(config, {
    genesisPath: '/etc/genesis.json',
    keyPath: '/etc/hufu/keys/k.pem',
    dataPath: '/etc/hufu/data',
    apiKeyPath: '/etc/hufu/keys/api-key',
    http: { listen: { host: '127.0.0.1', port: 8088 } },
    log: { level: 'info' },
  });
  t.throws(() => Object.assign(config, { name: 'x' }), 'frozen');
});

t.test('every fault is named, an unknown key with those that are known', async (t) => {
  t.match(problems(`${GOOD}nodez = 1`), [/unknown key nodez: the keys here are name, genesis/]);
  t.match(problems(`${GOOD}[http]\nlisten = "x"`), ['http.listen: "x" is not host:port']);
  t.match(problems(`${GOOD}[http]\nport = 1`), ['unknown key http.port: the keys here are listen']);
  t.match(problems(GOOD.replace('http://127.0.0.1:1', 'ftp://x')), [
    'nodes[0]: "ftp://x" is not an http(s) URL',
  ]);
  t.match(problems(GOOD.replace('gateway = 0', 'gateway = -1')), [/^gateway: /]);
  t.match(problems(GOOD.replace('name = "g"', '')), [/required.*name/]);
  t.match(problems(`${GOOD}[limits]\nmaxQueuedRecords = 0`), [/^limits\.maxQueuedRecords: /]);
  t.match(problems('name = '), [/^line 1, column /]);
});
