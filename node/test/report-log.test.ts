import { asEpoch, asValidatorIndex, asView, type Report } from '@hufu/consensus';
import { pino } from 'pino';
import t from 'tap';
import { ReportLog } from '../src/report-log.ts';

/** A log of four validators on a clock of the test's, and the lines it writes. */
function startLog() {
  const lines: Record<string, unknown>[] = [];
  const clock = { nowMs: 0 };
  const base = { level: 'warn', base: null, timestamp: false };
  const logger = pino(base, { write: (line: string) => lines.push(JSON.parse(line)) });
  const log = new ReportLog(logger, () => clock.nowMs);
  return {
    clock,
    lines,
    write: (report: Report) => log.write(asEpoch(0), report, (validator) => `member-${validator}`),
  };
}

function invalid(from: number, code = 'bad-signature'): Report {
  return { type: 'invalid-message', from: asValidatorIndex(from), code };
}

t.test(
  'of one validator’s invalid messages a line every five seconds tells, and how many it leaves out',
  async (t) => {
    const { clock, lines, write } = startLog();
    for (let i = 0; i < 1_000; i++) write(invalid(2));
    t.strictSame(lines, [{ level: 40, from: 'member-2', code: 'bad-signature', msg: 'invalid message' }]);
    clock.nowMs = 4_999;
    write(invalid(2, 'bad-parent'));
    t.equal(lines.length, 1, 'whatever is wrong with them');
    clock.nowMs = 5_000;
    write(invalid(2, 'bad-parent'));
    t.match(lines[1], { from: 'member-2', code: 'bad-parent', leftOut: 1_000 });
    clock.nowMs = 10_000;
    write(invalid(2));
    t.strictSame(lines[2], lines[0]);
  },
);

t.test('what one validator sends hides nothing that another does, nor a block that is wrong', async (t) => {
  const { lines, write } = startLog();
  const block: Report = { type: 'invalid-block', from: asValidatorIndex(2), view: asView(7), code: 'state' };
  for (const report of [invalid(2), invalid(3), block, invalid(2), invalid(3), block]) write(report);
  t.match(lines, [
    { from: 'member-2', msg: 'invalid message' },
    { from: 'member-3', msg: 'invalid message' },
    { from: 'member-2', view: 7, msg: 'invalid block' },
  ]);
  t.equal(lines.length, 3);
});
