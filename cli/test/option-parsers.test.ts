import { InvalidArgumentError } from 'commander';
import t from 'tap';
import { hostList, integerIn, networkName } from '../src/option-parsers.ts';

t.test(
  'an integer option takes a plain decimal in its range and nothing that a lenient parser takes',
  async (t) => {
    const parse = integerIn(1, 100);
    t.equal(parse('1'), 1);
    t.equal(parse('100'), 100);
    for (const text of ['0', '101', '-1', '+1', '1e1', '0x10', ' 1', '1 ', '1.0', '', '１', '99999999999']) {
      t.throws(() => parse(text), InvalidArgumentError, JSON.stringify(text));
    }
  },
);

t.test('a network name is what genesis takes', async (t) => {
  t.equal(networkName('a-1'), 'a-1');
  for (const text of ['', '-a', 'a-', 'A', 'a_b', 'a'.repeat(64), '../x']) {
    t.throws(() => networkName(text), InvalidArgumentError, JSON.stringify(text));
  }
});

t.test('hosts are names or addresses', async (t) => {
  t.strictSame(hostList('a.example,10.0.0.1,::1'), ['a.example', '10.0.0.1', '::1']);
  for (const text of ['', 'a,,b', 'a b', 'a/b', 'http://a']) {
    t.throws(() => hostList(text), InvalidArgumentError, JSON.stringify(text));
  }
});
