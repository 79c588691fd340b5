import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '@opencapf/protocol';
import fc from 'fast-check';
import { enroll } from './enroll.js';
import { capfIdentity } from './testing/certificates.js';
import { startFakeCapf } from './testing/fake-capf.js';

const capf = await capfIdentity();
const bytes = fc.uint8Array({ maxLength: 60 });
const frame = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom(1, 2), bytes)
  .map(([command, sessionId, payload]) => encodeFrame(command, sessionId, payload));
const authRequest = fc.constant(encodeFrame(1, 1, Uint8Array.of(7, 0, 1, 3)));
const elements = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.uint8Array({ maxLength: 4 })), { maxLength: 4 })
  .map((list) =>
    Buffer.concat(list.map(([tag, value]) => Buffer.concat([Uint8Array.of(tag, 0, value.length), value]))),
  );
const request = fc
  .tuple(fc.constantFrom(3, 9, 11, 13, 15, 16, 22), elements)
  .map(([command, payload]) => encodeFrame(command, 1, payload));

test('whatever a server sends, a phone comes to an outcome and its socket is closed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(2 as const, 3 as const),
      fc.oneof(
        fc.array(fc.oneof(bytes, frame), { maxLength: 4 }),
        fc.tuple(authRequest, request),
        fc.tuple(authRequest, request, request),
      ),
      async (version, said) => {
        const server = await startFakeCapf(capf, async (peer) => {
          for (const piece of said) await peer.sayBytes(piece);
          peer.close();
        });
        const { outcome } = await enroll(
          { host: '127.0.0.1', port: server.port, name: 'SEP001122334455', version },
          { makeKey: async () => undefined },
        );
        await server.finished();
        assert.equal(typeof outcome.kind, 'string');
      },
    ),
    { numRuns: 60 },
  );
});
