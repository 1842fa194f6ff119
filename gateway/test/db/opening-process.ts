/**
 * Opens a database as a process of its own, as soon as it is told to: `node opening-process.ts DIRECTORY STATEMENTS`. Kills
 * itself after so many statements that write; never, when there are fewer.
 */
import { once } from 'node:events';
import { openDatabase } from '../../src/db/database.ts';
import { NodeSqliteDatabase } from '../../src/db/node-sqlite.ts';

const [, , directory = '', statements = ''] = process.argv;
let left = Number(statements);
const { prepare } = NodeSqliteDatabase.prototype;
NodeSqliteDatabase.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  return {
    ...statement,
    run: (parameters) => {
      const result = statement.run(parameters);
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return result;
    },
  };
};
process.stdout.write('ready');
await once(process.stdin, 'data');
const database = await openDatabase(directory);
await database.destroy();
process.stdin.destroy();
