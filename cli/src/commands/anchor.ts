import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { anchorFiles } from '../evidence/anchor-files.ts';
import { addGatewayOptions, connectGateway, type GatewayOptions } from '../evidence/gateway-connection.ts';
import { integerIn } from '../option-parsers.ts';

interface Options extends GatewayOptions {
  readonly timeout: number;
}

/** `hufu anchor`: hashes files here, records their digests, waits for finality, writes each one's bundle. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  const command = program
    .command('anchor')
    .description(
      terminal.say({
        zh: '为文件存证：本地计算摘要、上链，并写出离线证明包',
        en: 'record files: hash them here, anchor the digests, write the offline proofs',
      }),
    )
    .argument('<file...>', terminal.say({ zh: '文件；内容不会离开本机', en: 'files; contents stay here' }))
    .option(
      '--timeout <s>',
      terminal.say({ zh: '等待确认的秒数', en: 'seconds to wait for finality' }),
      integerIn(1, 86_400),
      60,
    );
  addGatewayOptions(command, context).action(async (files: string[], options: Options) => {
    const client = await connectGateway(options, context);
    const anchored = await anchorFiles(client, terminal, files, { timeoutMs: options.timeout * 1000 });
    const lines = anchored.map(({ file, bundle, id, height }) => {
      const place = terminal.say({ zh: `编号 ${id}，区块 ${height}`, en: `number ${id}, block ${height}` });
      return `${file} → ${bundle} (${place})`;
    });
    terminal.data(lines.join('\n'), { anchored });
  });
}
