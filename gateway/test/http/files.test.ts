import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { createHasher, toHex } from '@hufu/crypto';
import t from 'tap';
import { gatewayConfig, startFixture } from '../support/gateway-fixture.ts';
import { referenceNetwork } from '../support/reference-network.ts';

const fixture = await startFixture(t, gatewayConfig(t, referenceNetwork(), ['http://127.0.0.1:9']));
const { apiKey, gateway, client } = fixture;
const TYPE = 'multipart/form-data; boundary=B';

function part(name: string, content: string | Buffer, filename: string | null = `${name}.bin`): Buffer {
  const file = filename === null ? '' : `; filename="${filename}"`;
  return Buffer.concat([
    Buffer.from(`--B\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

const END = Buffer.from('--B--\r\n');

async function upload(
  body: Buffer | FormData,
  headers: Record<string, string> = { 'content-type': TYPE },
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${gateway.url}/v1/evidence/files`, {
    method: 'POST',
    body: body instanceof FormData ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${apiKey}`, ...headers },
  });
  return { status: response.status, body: await response.json() };
}

async function recorded(): Promise<number> {
  const page = await client.searchEvidence({ limit: 100 });
  if (!page.ok) throw new Error('no page');
  return page.value.evidence.length;
}

t.test('files are hashed with both hashes while they stream in', async (t) => {
  const contents = [randomBytes(300_000), Buffer.alloc(0), Buffer.from('三')];
  const form = new FormData();
  for (const [i, content] of contents.entries()) form.append('file', new Blob([content]), `文件${i}.pdf`);
  const { status, body } = await upload(form, {});
  t.equal(status, 202);
  t.match(body, {
    files: contents.map((content, i) => ({
      name: `文件${i}.pdf`,
      sizeBytes: content.length,
      receipt: {
        digests: {
          sha256: createHash('sha256').update(content).digest('hex'),
          sm3: toHex(createHasher('sm3').update(content).digest()),
        },
      },
    })),
  });
});

t.test('a body that is not whole, well-formed and within limits records nothing', async (t) => {
  const before = await recorded();
  const good = part('a', 'content');
  const limit = fixture.config.limits.maxFileBytes;
  for (const [what, body, code] of [
    ['no body', Buffer.alloc(0), 'invalid-request'],
    ['no file', END, 'invalid-request'],
    ['no end', good, 'truncated-multipart'],
    ['an end inside a file', Buffer.concat([good, part('b', 'x').subarray(0, -3)]), 'truncated-multipart'],
    [
      'an end inside a part’s header',
      Buffer.concat([good, part('b', 'x').subarray(0, 30)]),
      'truncated-multipart',
    ],
    ['a field', Buffer.concat([good, part('b', 'x', null), END]), 'malformed-multipart'],
    [
      'a field with a content type',
      Buffer.concat([
        good,
        Buffer.from('--B\r\ncontent-disposition: form-data; name="b"\r\n'),
        Buffer.from('content-type: application/octet-stream\r\n\r\nx\r\n'),
        END,
      ]),
      'malformed-multipart',
    ],
    ['a file over the limit', Buffer.concat([good, part('b', Buffer.alloc(limit + 1)), END]), 'too-large'],
    [
      'more files than allowed',
      Buffer.concat([...Array.from({ length: 101 }, (_, i) => part(`f${i}`, 'x')), END]),
      'too-large',
    ],
  ] as const) {
    const { status, body: answer } = await upload(body);
    t.match(answer, { code, status }, what);
  }
  const noBoundary = await upload(good, { 'content-type': 'multipart/form-data' });
  t.match(noBoundary.body, { code: 'malformed-multipart' });
  t.match((await upload(good, { 'content-type': 'application/json' })).body, {
    code: 'unsupported-media-type',
  });
  t.equal(await recorded(), before);
});

const FILE = 'content-disposition: form-data; name="b"; filename="b"';

t.test('a part that is not a well-formed file refuses the whole body', async (t) => {
  const before = await recorded();
  const good = part('a', 'content');
  const bodies: readonly (readonly [string, string])[] = [
    ['no headers', '--B\r\n\r\nx\r\n--B--\r\n'],
    ['no content-disposition', '--B\r\ncontent-type: text/plain\r\n\r\nx\r\n--B--\r\n'],
    ['an attachment', '--B\r\ncontent-disposition: attachment; filename="b"\r\n\r\nx\r\n--B--\r\n'],
    ['no name', '--B\r\ncontent-disposition: form-data; filename="b"\r\n\r\nx\r\n--B--\r\n'],
    ['a garbage header', `--B\r\ngarbage\r\n${FILE}\r\n\r\nx\r\n--B--\r\n`],
    ['a garbage header after', `--B\r\n${FILE}\r\ngarbage\r\n\r\nx\r\n--B--\r\n`],
    ['a folded header', `--B\r\n${FILE}\r\n more\r\n\r\nx\r\n--B--\r\n`],
    ['a bare line feed', `--B\r\n${FILE}\nx: y\r\n\r\nx\r\n--B--\r\n`],
    ['two dispositions', `--B\r\n${FILE}\r\n${FILE}\r\n\r\nx\r\n--B--\r\n`],
    ['too many headers', `--B\r\n${FILE}\r\n${'x: y\r\n'.repeat(16)}\r\nx\r\n--B--\r\n`],
    ['too large headers', `--B\r\n${FILE}\r\nx: ${'y'.repeat(9_000)}\r\n\r\nx\r\n--B--\r\n`],
    ['headers without their end', `--B\r\n${FILE}\r\n--B--\r\n`],
    ['headers that end at a boundary', `--B\r\n${FILE}\r\n\r\n--B--\r\n`],
    ['base64', `--B\r\n${FILE}\r\ncontent-transfer-encoding: base64\r\n\r\neA==\r\n--B--\r\n`],
    ['bytes after a boundary', `--Bx\r\n${FILE}\r\n\r\nx\r\n--B--\r\n`],
    ['bytes after the last boundary', `--B--\r\n--B\r\n${FILE}\r\n\r\nx\r\n--B--\r\n`],
  ];
  for (const [what, bad] of bodies) {
    const answer = await upload(Buffer.concat([good, Buffer.from(bad)]));
    t.match(answer, { status: 400, body: { code: 'malformed-multipart' } }, what);
    t.match((await upload(Buffer.from(bad))).status, 400, `${what}, alone`);
  }
  const preamble = await upload(Buffer.concat([Buffer.from('--C\r\n\r\nx\r\n'), good, END]));
  t.match(preamble.body, { code: 'malformed-multipart' });
  for (const type of ['boundary=', 'boundary=B; boundary=C', 'boundary="B', 'boundary=é', 'x; boundary=B']) {
    const answer = await upload(Buffer.concat([good, END]), {
      'content-type': `multipart/form-data; ${type}`,
    });
    t.match(answer, { status: 400, body: { code: 'malformed-multipart' } }, type);
  }
  t.equal(await recorded(), before);
});

t.test('what RFC 2046 and 7578 allow around a file is taken', async (t) => {
  for (const body of [
    `\r\n--B\r\n${FILE}\r\n\r\nx\r\n--B--`,
    `--B\r\n${FILE}\r\nContent-Transfer-Encoding: BINARY\r\n\r\n\r\n--B-- \r\n\r\n`,
    `--B\r\n${FILE}\r\ncontent-type: application/json\r\n\r\n\r\n--\r\n-B\r\n--B--\r\n`,
  ]) {
    for (const type of [TYPE, 'Multipart/Form-Data; charset=utf-8; Boundary="B"']) {
      const answer = await upload(Buffer.from(body), { 'content-type': type });
      t.match(answer, { status: 202, body: { files: { length: 1 } } }, body);
    }
  }
});

t.test('a file of exactly the limit is taken', async (t) => {
  const body = Buffer.concat([part('a', Buffer.alloc(fixture.config.limits.maxFileBytes)), END]);
  t.equal((await upload(body)).status, 202);
});

t.test('a connection that ends inside a file records nothing', async (t) => {
  const before = await recorded();
  const { port } = new URL(gateway.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(
        `POST /v1/evidence/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\n` +
          `content-type: ${TYPE}\r\ncontent-length: 100000\r\n\r\n`,
      );
      socket.end(part('a', 'half of it'));
    });
    socket.resume();
    socket.on('close', () => resolve());
  });
  t.equal(await recorded(), before);
});

t.test('Idempotency-Key: the same files give the same answer, whatever the boundary', async (t) => {
  const first = await upload(Buffer.concat([part('a', 'once'), END]), {
    'content-type': TYPE,
    'idempotency-key': 'f1',
  });
  const again = await upload(
    Buffer.from(
      Buffer.concat([part('a', 'once'), END])
        .toString()
        .replaceAll('--B', '--C'),
    ),
    {
      'content-type': TYPE.replace('=B', '=C'),
      'idempotency-key': 'f1',
    },
  );
  t.equal(first.status, 202);
  t.same(again, first);
  const other = await upload(Buffer.concat([part('a', 'twice'), END]), {
    'content-type': TYPE,
    'idempotency-key': 'f1',
  });
  t.match(other.body, { code: 'idempotency-mismatch' });
});
