import { spawn } from 'node:child_process';
import { inWorld } from '../../src/hosts/world.ts';

const PORT = 8400;
/** Opens a connection and reads to its end; prints what came, or `none` after two seconds. */
const CLIENT = `
  const socket = require('node:net').connect(${PORT}, process.argv[1]);
  socket.on('data', (data) => console.log(String(data)));
  socket.on('end', () => process.exit());
  setTimeout(() => { console.log('none'); process.exit(); }, 2000);
`;
const SERVER = `
  require('node:net').createServer((socket) => socket.end(String(Date.now()))).listen(${PORT}, () => console.log('up'));
`;

await inWorld(async (directory) => {
  const { default: t } = await import('tap');
  const { createManagementNetwork, Host } = await import('../../src/hosts/host.ts');
  const { Switch } = await import('../../src/hosts/switch.ts');
  createManagementNetwork();
  const hosts = [0, 1, 2].map((index) => new Host(directory, index, 3, { hasOwnClock: index === 0 }));
  const [first, second, third] = hosts;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three hosts');
  const wan = await Switch.start(1);
  t.teardown(() => wan.stop());
  const { prefix, env } = first.launch;
  const [program = '', ...args] = [...prefix, process.execPath, '-e', SERVER];
  const server = spawn(program, args, { env: { ...process.env, ...env } });
  t.teardown(() => server.kill('SIGKILL'));
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const ask = (host: typeof first): string => {
    return host.run(process.execPath, '-e', CLIENT, first.wanAddress).trim();
  };

  t.test('hosts reach one another over the switch, and only within a group', async (t) => {
    t.match(ask(second), /^\d+$/);
    await wan.set({ groups: [[0, 1], [2]] });
    t.match(ask(second), /^\d+$/, 'in the group');
    t.equal(ask(third), 'none', 'outside of it');
    const { cut } = await wan.set({});
    t.ok(cut > 0, `${cut} frames were cut`);
    t.match(ask(third), /^\d+$/, 'and again when it is whole');
  });

  t.test('every frame is lost, or none', async (t) => {
    await wan.set({ loss: 1 });
    t.equal(ask(second), 'none');
    const { lost } = await wan.set({});
    t.ok(lost > 0, `${lost} frames were lost`);
    t.match(ask(second), /^\d+$/);
  });

  t.test('a host’s own clock is what its processes read', async (t) => {
    const HOUR_MS = 3_600_000;
    t.ok(Math.abs(Number(ask(second)) - Date.now()) < HOUR_MS / 2);
    first.setClock(3600);
    let aheadMs = 0;
    while (aheadMs < HOUR_MS / 2) aheadMs = Number(ask(second)) - Date.now();
    t.pass('an hour ahead');
  });
});
