import t from 'tap';
import { PLATFORMS } from './platforms.ts';

const PRIVATE_KEYS = ['generateKeyPair', 'loadSigner', 'publicKeyToPem'];

t.test('the browser has every name that Node has, but for private keys and PEM', async (t) => {
  const [{ api: node }, { api: browser }] = PLATFORMS;
  t.same([...Object.keys(browser), ...PRIVATE_KEYS].sort(), Object.keys(node).sort());
});
