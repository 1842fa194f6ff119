import t from 'tap';
import { prepareSubmission, rememberingCheck, verifySubmission } from '../../src/ledger/index.ts';
import { TestChain } from '../support/test-chain.ts';

const chain = new TestChain();
const [gateway, other] = chain.state.gateways;
const submission = prepareSubmission(chain.submission(0, 0, 1), chain.state);
if (gateway === undefined || other === undefined || !submission.ok) throw new Error('a valid submission');

t.test('a remembered answer is the same as a fresh one', async (t) => {
  const check = rememberingCheck();
  t.equal(check(gateway, submission), true);
  t.equal(check(gateway, submission), true);
  t.equal(verifySubmission(other, submission), false);
});

t.test('each signature is verified once for each key', async (t) => {
  let asked = 0;
  const check = rememberingCheck((...args) => {
    asked++;
    return verifySubmission(...args);
  });
  check(gateway, submission);
  check(gateway, submission);
  t.equal(asked, 1);
  t.equal(check({ ...gateway, suite: other.suite, publicKey: other.publicKey }, submission), false);
  t.equal(asked, 2, 'a rotated key makes the old answer worthless');
});
