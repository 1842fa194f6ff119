import Fastify from 'fastify';

/**
 * The yardstick: a Fastify server that validates the same JSON body as `POST /v1/evidence` and answers 202,
 * doing nothing else. Prints its URL on stdout; ends with its standard input.
 */
const hex64 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const app = Fastify({ logger: false });
app.post(
  '/v1/evidence',
  {
    schema: {
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['digests'],
        properties: {
          digests: {
            type: 'object',
            additionalProperties: false,
            minProperties: 1,
            properties: { sha256: hex64, sm3: hex64 },
          },
        },
      },
      response: { 202: { type: 'object', properties: { status: { type: 'string' } } } },
    },
  },
  async (_request, reply) => reply.code(202).send({ status: 'received' }),
);
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
