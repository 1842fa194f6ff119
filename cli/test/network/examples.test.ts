import { join } from 'node:path';
import { loadGatewayConfig } from '@hufu/gateway';
import { loadNodeConfig } from '@hufu/node';
import t from 'tap';

const CONFIG = join(import.meta.dirname, '..', '..', '..', 'config');

t.test('the example configurations are valid, and the defaults they show are the defaults', async (t) => {
  const node = loadNodeConfig(join(CONFIG, 'node.toml'));
  t.equal(node.keysPath, join(CONFIG, 'keys'));
  t.equal(node.p2p.peers.length, 3);
  const bareNode = loadNodeConfig(
    join(
      t.testdir({
        'node.toml':
          'name = "a"\ngenesis = "g"\nkeys = "k"\ndata = "d"\n[p2p]\nlisten = "/ip4/127.0.0.1/tcp/1"\n',
      }),
      'node.toml',
    ),
  );
  t.same([node.http, node.ops, node.log], [bareNode.http, bareNode.ops, bareNode.log]);

  const gateway = loadGatewayConfig(join(CONFIG, 'gateway.toml'));
  t.equal(gateway.nodes.length, 2);
  const bareGateway = loadGatewayConfig(
    join(
      t.testdir({
        'gateway.toml':
          'name = "a"\ngenesis = "g"\ngateway = 0\nkey = "k"\ndata = "d"\nnodes = ["http://127.0.0.1:1"]\n',
      }),
      'gateway.toml',
    ),
  );
  t.same(
    [gateway.http, gateway.ops, gateway.log, gateway.limits],
    [bareGateway.http, bareGateway.ops, bareGateway.log, bareGateway.limits],
  );
  t.match(gateway.apiKeyPath, /keys\/api-key$/);
});
