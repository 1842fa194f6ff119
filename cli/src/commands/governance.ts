import type { Words } from '@hufu/api';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { approve, ready } from '../governance/declare.ts';
import { propose, show } from '../governance/propose.ts';
import { submit } from '../governance/submit.ts';
import { integerIn, parameterSetting } from '../option-parsers.ts';

const DEFAULT_TIMEOUT_SECONDS = 120;

/** `hufu governance …`: changes members, validators, keys, gateways and parameters, from the draft to its effect. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  const group = program
    .command('governance')
    .description(
      terminal.say({ zh: '治理：更换成员、密钥与参数', en: 'change members, keys and parameters' }),
    );
  registerPropose(group, context);
  const one = (name: string, words: Words): Command =>
    group
      .command(name)
      .description(terminal.say(words))
      .argument('<file>', terminal.say({ zh: '治理文件', en: 'the governance document' }))
      .requiredOption('--node <url>', terminal.say({ zh: '节点地址', en: 'address of a node' }));
  one('show', {
    zh: '显示治理文件对当前登记表的改动',
    en: 'show what a document changes of the current registry',
  }).action((file: string, { node }: { node: string }) => show(file, node, context));
  one('approve', { zh: '以当前验证人的密钥批准', en: 'approve with the keys of a current validator' })
    .requiredOption('--keys <dir>', terminal.say({ zh: '验证人的密钥目录', en: 'the validator’s keys' }))
    .option('--out <file>', terminal.say(OUT))
    .action((file: string, options) => approve(file, options, context));
  one('ready', {
    zh: '新验证人声明已同步并持有新密钥；--node 为该节点自身的地址',
    en: 'declare that a new validator’s node, which --node names, has synced and holds its keys',
  })
    .requiredOption('--keys <dir>', terminal.say({ zh: '新密钥目录', en: 'the new keys' }))
    .option('--out <file>', terminal.say(OUT))
    .action((file: string, options) => ready(file, options, context));
  one('submit', {
    zh: '汇总批准与就绪声明，提交并等待新纪元开始',
    en: 'join the declarations, submit them and wait for the next epoch',
  })
    .requiredOption('--approvals <file...>', terminal.say({ zh: '批准文件', en: 'approvals' }))
    .option('--readiness <file...>', terminal.say({ zh: '就绪声明文件', en: 'readiness of new validators' }))
    .option(
      '--timeout <seconds>',
      terminal.say({ zh: '最长等待秒数', en: 'how long to wait' }),
      integerIn(1, 86_400),
      DEFAULT_TIMEOUT_SECONDS,
    )
    .action((file: string, options) => submit(file, options, context));
}

const OUT: Words = { zh: '写入的文件', en: 'file to write' };

function registerPropose(group: Command, context: Context): void {
  const { terminal } = context;
  const card = (zh: string, en: string): string =>
    terminal.say({ zh: `${zh}（card.json）`, en: `${en} (card.json)` });
  group
    .command('propose')
    .description(
      terminal.say({
        zh: '以当前登记表加改动写出治理文件',
        en: 'write the document of the current registry with changes',
      }),
    )
    .requiredOption('--node <url>', terminal.say({ zh: '节点地址', en: 'address of a node' }))
    .requiredOption('--out <file>', terminal.say(OUT))
    .option(
      '--remove-validator <member...>',
      terminal.say({ zh: '移除成员的验证人', en: 'remove the validators of a member' }),
    )
    .option('--add-validator <file...>', card('增加验证人', 'add a validator'))
    .option('--rotate <file...>', card('更换验证人或网关的密钥', 'change the keys of a validator or gateway'))
    .option('--add-gateway <file...>', card('增加网关', 'add a gateway'))
    .option(
      '--set <parameter=value>',
      terminal.say({ zh: '修改参数，可重复', en: 'change a parameter; may be repeated' }),
      parameterSetting,
    )
    .action((options) => propose(options, context));
}
