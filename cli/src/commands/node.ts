import { ROLES } from '@hufu/proof';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import type { NodeKeysOptions } from '../governance/new-keys.ts';
import { networkName, roleList } from '../option-parsers.ts';
import { untilStopped } from '../process/until-stopped.ts';

/** `hufu node`: one node in the foreground until it is asked to stop, and the keys of a new one. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  const group = program.command('node').description(terminal.say({ zh: '节点', en: 'a ledger node' }));
  group
    .command('start')
    .description(terminal.say({ zh: '前台运行节点', en: 'run a node in the foreground' }))
    .requiredOption('--config <file>', 'node.toml')
    .action(async ({ config }: { config: string }) => {
      // Before anything is opened, so that a signal during the start is not lost.
      const stopped = untilStopped();
      const { loadNodeConfig, startNode } = await import('@hufu/node');
      const node = await startNode(loadNodeConfig(config));
      const failure = await Promise.race([stopped.then(() => undefined), node.failed]);
      await node.stop();
      // A restart reads everything anew from disk, which is the cure for most failures; the supervisor sees to it.
      if (failure === undefined) return;
      const isFull = 'code' in failure && failure.code === 'disk-full';
      throw new CliError(isFull ? 'disk-full' : 'node-failed', failure.message, { cause: failure });
    });
  group
    .command('keys')
    .description(
      terminal.say({
        zh: '生成新节点的密钥与公钥卡片 card.json',
        en: 'make the keys of a new node, and card.json with their public halves',
      }),
    )
    .requiredOption('--out <dir>', terminal.say({ zh: '密钥目录', en: 'directory to create' }))
    .requiredOption(
      '--member <name>',
      terminal.say({ zh: '运行它的成员', en: 'the member that runs it' }),
      networkName,
    )
    .option(
      '--organisation <name>',
      terminal.say({ zh: '新成员的机构名', en: 'of a new member: its legal name' }),
    )
    .option(
      '--roles <r1,r2,…>',
      terminal.say({ zh: `新成员的角色：${ROLES.join('、')}`, en: `of a new member: ${ROLES.join(', ')}` }),
      roleList,
    )
    .option(
      '--keep-peer-key <file>',
      terminal.say({
        zh: '沿用此 p2p.key（仅更换签名密钥）',
        en: 'keep this p2p.key: only signing keys change',
      }),
    )
    .action(async (options: NodeKeysOptions) => {
      const { makeNodeKeys } = await import('../governance/new-keys.ts');
      await makeNodeKeys(options, context);
    });
}
