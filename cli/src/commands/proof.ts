import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { BUNDLE_SUFFIX, requireSound, writeBundle } from '../evidence/bundle-file.ts';
import { answerOf } from '../evidence/finality.ts';
import { addGatewayOptions, connectGateway, type GatewayOptions } from '../evidence/gateway-connection.ts';

interface Options extends GatewayOptions {
  readonly out?: string;
}

/** `hufu proof ID`: fetches the bundle of recorded evidence from the gateway. */
export function register(program: Command, context: Context): void {
  const { terminal } = context;
  const command = program
    .command('proof')
    .description(
      terminal.say({ zh: '按存证编号取得离线证明包', en: 'fetch the offline proof of recorded evidence' }),
    )
    .argument('<id>', terminal.say({ zh: '存证编号，如 0-17', en: 'number of the evidence, such as 0-17' }))
    .option('--out <file>', terminal.say({ zh: '写入的文件', en: 'file to write' }));
  addGatewayOptions(command, context).action(async (id: string, options: Options) => {
    const client = await connectGateway(options, context);
    const bundle = answerOf(client, await client.proof({ id }));
    requireSound(bundle);
    const path = options.out ?? `${id}${BUNDLE_SUFFIX}`;
    await writeBundle(path, bundle);
    terminal.data(path, { id, bundle: path, sizeBytes: bundle.length });
  });
}
