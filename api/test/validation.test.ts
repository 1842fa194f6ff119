import fc from 'fast-check';
import t from 'tap';
import { BatchInputSchema, MAX_BATCH_RECORDS } from '../src/gateway/schemas.ts';
import { EvidenceInputSchema, gatewayRoutes, MAX_FIELD_ERRORS, nodeRoutes } from '../src/index.ts';
import { checker, parseUnsigned, validatorCompiler } from '../src/validation.ts';

t.test('an integer in a path or query has exactly one spelling', async (t) => {
  for (const text of [
    '',
    ' 1',
    '1 ',
    '01',
    '+1',
    '-0',
    '1e3',
    '0x10',
    '1.0',
    '９',
    '9007199254740992',
    '1'.repeat(99),
  ]) {
    t.equal(parseUnsigned(text), undefined, JSON.stringify(text));
  }
  t.equal(parseUnsigned('0'), 0);
  t.equal(parseUnsigned('9007199254740991'), Number.MAX_SAFE_INTEGER);
  fc.assert(fc.property(fc.maxSafeNat(), (n) => parseUnsigned(String(n)) === n));
});

t.test('a query is decoded strictly and refused at the place that is wrong', async (t) => {
  const check = validatorCompiler({ schema: nodeRoutes.blocks.query, httpPart: 'querystring' });
  t.same(check({ before: '7', limit: '10' }), { value: { before: 7, limit: 10 } });
  for (const [query, pointer] of [
    [{ before: '1e3' }, '#/query/before'],
    [{ before: ['1', '2'] }, '#/query/before'],
    [{ limit: '0' }, '#/query/limit'],
    [{ unknown: '1' }, '#/query/unknown'],
  ] as const) {
    t.match(check(query), { error: { errors: [{ pointer }] } });
  }
});

t.test(
  'a body is closed, its types are not coerced, and each fault is named by a JSON pointer',
  async (t) => {
    const check = validatorCompiler({ schema: gatewayRoutes.postEvidence.bodies[0].schema });
    const sha256 = 'ab'.repeat(32);
    t.match(check({ digests: { sha256 } }), { value: { digests: { sha256 } } });
    for (const [body, pointer] of [
      [null, ''],
      ['x', ''],
      [{ digests: {} }, '/digests'],
      [{ digests: { sha256: sha256.toUpperCase() } }, '/digests/sha256'],
      [{ digests: { sha256: sha256.slice(2) } }, '/digests/sha256'],
      [{ digests: { md5: sha256 } }, '/digests/md5'],
      [{ digests: { sha256 }, claimedTimeMs: '5' }, '/claimedTimeMs'],
      [{ digests: { sha256 }, claimedTimeMs: 1.5 }, '/claimedTimeMs'],
      [{ digests: { sha256 }, 'a/b~c': 1 }, '/a~1b~0c'],
      [JSON.parse(`{"digests":{"sha256":"${sha256}"},"__proto__":1}`), '/__proto__'],
    ] as const) {
      t.match(check(body), { error: { errors: [{ pointer }] } }, JSON.stringify(body));
    }
  },
);

t.test('a hostile body is not answered with a larger one', async (t) => {
  const hostile = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x${i}`, i]));
  const result = checker(EvidenceInputSchema)(hostile);
  t.ok(!result.ok && result.errors.length <= MAX_FIELD_ERRORS);
});

t.test(
  'the faults of an array are named at their items, and looked for only until enough are known',
  async (t) => {
    const check = checker(BatchInputSchema, '#');
    const good = { digests: { sha256: 'ab'.repeat(32) } };
    const bad = { digests: { sha256: 'x' }, 'a/b': 1 };
    t.match(check([good, bad, good, 7]), {
      errors: [
        { pointer: '#/1/a~1b', detail: 'unknown field' },
        { pointer: '#/1/digests/sha256' },
        { pointer: '#/3' },
      ],
    });
    t.match(check([]), { ok: false, errors: [{ pointer: '#' }] });
    const many = check(new Array(1_000).fill(bad));
    t.ok(!many.ok && many.errors.length === MAX_FIELD_ERRORS);
  },
);

t.test('no JSON value makes the check throw', async () => {
  const check = checker(EvidenceInputSchema);
  fc.assert(fc.property(fc.jsonValue(), (value) => typeof check(value).ok === 'boolean'));
});

t.test('an array that is too long is refused without a look at its items', (t) => {
  // Every look at an item is counted; a check that walked them all would take seconds for millions.
  let looks = 0;
  const items = new Proxy(new Array<null>(MAX_BATCH_RECORDS + 1).fill(null), {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && /^[0-9]+$/.test(name)) looks += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const result = checker(BatchInputSchema)(items);
  t.strictSame(result, {
    ok: false,
    errors: [{ pointer: '', detail: `more than ${MAX_BATCH_RECORDS} items` }],
  });
  t.equal(looks, 0);
  t.end();
});
