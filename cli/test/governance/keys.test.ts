import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadSigner, SUITE_NAMES, toHex } from '@hufu/crypto';
import { parsePeerKey } from '@hufu/node';
import t from 'tap';
import { readCard } from '../../src/governance/cards.ts';
import { runHufu } from '../run-hufu.ts';

t.test('node keys: private files for the owner only, and a card with their public halves', async (t) => {
  const cwd = t.testdir({});
  const made = await runHufu(['node', 'keys', '--out', 'k', '--member', 'court', '--roles', 'notary,ca'], {
    cwd,
  });
  t.equal(made.code, 0, made.stderr);
  t.equal(made.stdout.trim(), join(cwd, 'k', 'card.json'));
  for (const name of readdirSync(join(cwd, 'k')).filter((each) => each !== 'card.json')) {
    t.equal(statSync(join(cwd, 'k', name)).mode & 0o777, 0o600, name);
  }
  const card = await readCard(join(cwd, 'k', 'card.json'));
  if (card.kind !== 'validator') throw new Error(card.kind);
  t.match(card.card, { member: 'court', roles: ['notary', 'ca'] });
  t.equal(card.card.peerId, parsePeerKey(readFileSync(join(cwd, 'k', 'p2p.key')))?.peerId);
  for (const suite of SUITE_NAMES) {
    const signer = loadSigner(suite, readFileSync(join(cwd, 'k', `${suite}.pem`), 'utf8'));
    t.equal(toHex(signer.publicKey), card.card.keys[suite]);
  }

  const again = await runHufu(['node', 'keys', '--out', 'k', '--member', 'court'], { cwd });
  t.equal(again.code, 2);
  t.match(again.stderr, /\[directory-not-empty\]/, 'keys are never overwritten');

  const peerKey = join(cwd, 'k', 'p2p.key');
  const rotation = ['node', 'keys', '--out', 'r', '--member', 'court', '--keep-peer-key', peerKey];
  t.equal((await runHufu(rotation, { cwd })).code, 0);
  const rotated = await readCard(join(cwd, 'r', 'card.json'));
  if (rotated.kind !== 'validator') throw new Error(rotated.kind);
  t.equal(rotated.card.peerId, card.card.peerId, 'the node stays known by its peer id');
  t.not(rotated.card.keys['sm2-sm3'], card.card.keys['sm2-sm3']);
});

t.test('gateway keys: one key and its card', async (t) => {
  const cwd = t.testdir({});
  const args = ['gateway', 'keys', '--out', 'g', '--name', 'second', '--member', 'ca', '--suite', 'sm2-sm3'];
  const made = await runHufu([...args, '--json'], { cwd });
  t.equal(made.code, 0, made.stderr);
  const card = await readCard(JSON.parse(made.stdout).card);
  if (card.kind !== 'gateway') throw new Error(card.kind);
  const signer = loadSigner('sm2-sm3', readFileSync(join(cwd, 'g', 'sm2-sm3.pem'), 'utf8'));
  t.strictSame(card.card, {
    name: 'second',
    member: 'ca',
    suite: 'sm2-sm3',
    publicKey: toHex(signer.publicKey),
  });
});

t.test('what is no card, and no keys, is refused', async (t) => {
  const cwd = t.testdir({ 'a.json': '{"member":"x"}', 'b.json': 'no JSON', 'p2p.key': 'x' });
  for (const name of ['a.json', 'b.json']) {
    await t.rejects(readCard(join(cwd, name)), { code: 'card-invalid' });
  }
  await t.rejects(readCard(join(cwd, 'none')), { code: 'file-not-found' });
  const rotation = ['node', 'keys', '--out', 'r', '--member', 'x', '--keep-peer-key', 'p2p.key'];
  const refused = await runHufu(rotation, { cwd });
  t.equal(refused.code, 2);
  t.match(refused.stderr, /\[keys-unusable\]/);
});
