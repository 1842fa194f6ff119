import t from 'tap';
import { Slices } from '../../src/http/slices.ts';

t.test('tasks run in order, a slice at a time, with a turn of the event loop after each', async (t) => {
  const slices = new Slices(3);
  const seen: string[] = [];
  let running = 0;
  let most = 0;
  const task = (name: string) => async (): Promise<string> => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    seen.push(name);
    return name;
  };
  setImmediate(() => seen.push('turn'));
  const results = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => slices.run(task(name))));
  t.same(results, ['a', 'b', 'c', 'd', 'e']);
  t.ok(most <= 3);
  const others = [...seen.slice(0, seen.indexOf('turn')), ...seen.slice(seen.indexOf('turn') + 1)];
  t.same(others, ['a', 'b', 'c', 'd', 'e']);
  t.ok(seen.indexOf('turn') <= 4, 'a turn comes before the last slice');
});

t.test('a task that fails rejects its own promise and stops no other', async (t) => {
  const slices = new Slices(2);
  const failing = slices.run(() => Promise.reject(new Error('no')));
  const after = [1, 2, 3].map((value) => slices.run(async () => value));
  await t.rejects(failing, { message: 'no' });
  t.same(await Promise.all(after), [1, 2, 3]);
});
