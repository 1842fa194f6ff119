import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeGovernanceAction, encodeGovernanceAction, parseGovernanceDocument } from '@hufu/proof';
import t from 'tap';
import { runHufu } from '../run-hufu.ts';
import { must, untilHeight } from './ledger.ts';
import { startTestNetwork, temporaryDirectory } from './test-network.ts';

t.test('a document is drafted, read, approved and declared ready for, each by its own keys', async (t) => {
  const { network, gateway, nodes } = await startTestNetwork(t);
  const [first] = nodes;
  if (first === undefined) throw new Error('a network has nodes');
  must(await gateway.postEvidence({ digests: { sha256: 'ab'.repeat(32) } }));
  await untilHeight(first, 1);
  const cwd = temporaryDirectory(t);
  const node = ['--node', first.baseUrl];
  const keysOf = (name: string): string => network.layout.node(name).keysPath;
  const hufu = (...args: readonly string[]) => runHufu(args, { cwd });

  const keys = ['node', 'keys', '--out', 'court', '--member', 'court', '--organisation', '示例法院'];
  t.equal((await hufu(...keys, '--roles', 'notary')).code, 0);
  const change = ['--add-validator', 'court/card.json', '--set', 'heartbeatMs=9000'];
  const proposed = await hufu('governance', 'propose', ...node, '--out', 'doc.json', ...change);
  t.equal(proposed.code, 0, proposed.stderr);
  t.match(proposed.stdout, /\+ validator of court: 12D3/);
  t.match(proposed.stdout, /needs approval of 3\/4 members, 3\/4 validators; readiness of: court/);
  const bytes = readFileSync(join(cwd, 'doc.json'));
  t.match(parseGovernanceDocument(bytes), { ok: true, value: { epoch: 0, validators: { length: 5 } } });

  const shown = await hufu('governance', 'show', 'doc.json', ...node, '--lang', 'zh');
  t.match(shown.stdout, /\+ 成员 court（?.*示例法院/);
  t.match(shown.stdout, /~ heartbeatMs: 30000 → 9000/);

  const sign = (what: 'approve' | 'ready', ...args: readonly string[]) =>
    hufu('governance', what, 'doc.json', ...node, ...args);
  for (const name of ['broker', 'ca']) {
    const approved = await sign('approve', '--keys', keysOf(name));
    t.equal(approved.stdout.trim(), `doc.json.${name}.approval`, approved.stderr);
  }
  const stranger = await sign('approve', '--keys', 'court');
  t.equal(stranger.code, 6, 'a validator to be does not approve');
  t.match(stranger.stderr, /\[no-validator\]/);
  t.equal((await sign('ready', '--keys', 'court')).stdout.trim(), 'doc.json.court.readiness');
  const old = await sign('ready', '--keys', keysOf('ca'), '--json');
  t.match(JSON.parse(old.stdout), { member: 'ca', validator: 2 }, 'who stays may declare it too');

  const statements = ['--approvals', 'doc.json.broker.approval', 'doc.json.ca.approval'];
  const few = await hufu('governance', 'submit', 'doc.json', ...node, ...statements);
  t.equal(few.code, 1);
  t.match(few.stderr, /\[governance-not-approved\]\n {2}2 of 4 members\n→ /);
  t.equal(must(await first.status()).epoch, 0);
  const direct = await first.govern({
    body: joined(
      cwd,
      ['broker', 'ca'].map((name) => `${name}.approval`),
    ),
  });
  t.match(direct, { ok: false, error: { problem: { code: 'governance-not-approved' } } }, 'the node agrees');

  const propose = (...edits: readonly string[]) =>
    hufu('governance', 'propose', ...node, '--out', 'other.json', ...edits);
  const rows: readonly [readonly string[], number, string][] = [
    [[], 2, 'usage'],
    [['--remove-validator', 'nobody'], 2, 'edit-impossible'],
    [['--set', 'maxBatchBytes=1'], 2, 'edit-impossible'],
    [['--set', 'minDeltaMs=5000'], 1, 'governance-inconsistent'],
    [['--rotate', 'none.json'], 4, 'file-not-found'],
  ];
  for (const [edits, exit, code] of rows) {
    const refused = await propose(...edits);
    t.equal(refused.code, exit, `${edits.join(' ')}: ${refused.stderr}`);
    t.match(refused.stderr, `[${code}]`);
  }
  t.equal((await propose('--set', 'unknown=1')).code, 2);
  const elsewhere = bytes.toString().replace(/("sm3": ")[0-9a-f]{4}/, '$10000');
  writeFileSync(join(cwd, 'elsewhere.json'), elsewhere);
  const foreign = await hufu('governance', 'approve', 'elsewhere.json', ...node, '--keys', keysOf('ca'));
  t.equal(foreign.code, 1);
  t.match(foreign.stderr, /\[governance-wrong-chain\]/, 'nothing is signed for another chain');
});

/** The statements of some files in one action, as `submit` joins them. */
function joined(cwd: string, suffixes: readonly string[]): Uint8Array {
  const actions = suffixes.map((suffix) => {
    const read = decodeGovernanceAction(readFileSync(join(cwd, `doc.json.${suffix}`)));
    if (!read.ok) throw new Error(read.error.remark);
    return read.value;
  });
  const [first] = actions;
  if (first === undefined) throw new Error('no statement');
  return encodeGovernanceAction({ ...first, approvals: actions.flatMap(({ approvals }) => approvals) });
}
