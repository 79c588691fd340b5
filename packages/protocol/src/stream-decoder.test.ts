import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, encodeMessage, headerBytes, type Message, maxPayloadBytes, StreamDecoder } from './index.js';
import { recordedFrames } from './vectors.test.support.js';

const faultless = recordedFrames.filter(({ frame }) => new StreamDecoder().push(frame).messages.length === 1);
const largestFrame = headerBytes + maxPayloadBytes;

function pushAll(decoder: StreamDecoder, chunks: Iterable<Uint8Array>) {
  const messages: Message[] = [];
  for (const chunk of chunks) {
    const decoded = decoder.push(chunk);
    messages.push(...decoded.messages);
    assert.ok(decoder.heldBytes <= largestFrame, `${decoder.heldBytes} bytes held`);
    if (decoded.error !== undefined) return { messages, error: decoded.error };
  }
  return { messages, error: decoder.end() };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (let index = 0; offset < bytes.length; index++) {
    const end = offset + (sizes[index % sizes.length] ?? 1);
    chunks.push(bytes.subarray(offset, end));
    offset = end;
  }
  return chunks;
}

test('every recorded message arrives whole when it is split at any byte', () => {
  for (const { session, index, frame } of faultless) {
    for (let at = 1; at < frame.length; at++) {
      const { messages, error } = pushAll(new StreamDecoder(), [frame.subarray(0, at), frame.subarray(at)]);
      assert.equal(error, undefined, `${session}, message ${index}, split at ${at}`);
      assert.equal(messages.length, 1);
      const [message] = messages;
      assert.ok(message && encodeMessage(message).equals(frame), `${session}, message ${index}, split at ${at}`);
    }
  }
});

test('every recorded message arrives whole a byte at a time', () => {
  for (const { session, index, frame } of faultless) {
    const { messages, error } = pushAll(new StreamDecoder(), cut(frame, [1]));
    assert.equal(error, undefined);
    assert.deepEqual(messages.map(encodeMessage), [frame], `${session}, message ${index}`);
  }
});

test('every fault is the same whatever the chunks', () => {
  for (const { session, frame } of recordedFrames.filter((recorded) => !faultless.includes(recorded))) {
    const whole = pushAll(new StreamDecoder(), [frame]).error?.code;
    assert.ok(whole);
    for (let at = 1; at < frame.length; at++) {
      const split = pushAll(new StreamDecoder(), [frame.subarray(0, at), frame.subarray(at)]);
      assert.equal(split.error?.code, whole, `${session}, split at ${at}`);
      assert.equal(split.messages.length, 0);
    }
  }
});

test('ten messages in one chunk arrive in their order', () => {
  for (let start = 0; start + 10 <= faultless.length; start++) {
    const frames = faultless.slice(start, start + 10).map(({ frame }) => frame);
    const { messages, error } = new StreamDecoder().push(Buffer.concat(frames));
    assert.equal(error, undefined);
    assert.deepEqual(messages.map(encodeMessage), frames);
  }
});

test('messages before a fault arrive, and nothing after it', () => {
  const [first] = faultless;
  assert.ok(first);
  const decoder = new StreamDecoder();
  const decoded = decoder.push(Buffer.concat([first.frame, Buffer.from('GET / HTTP/1.1\r\n'), first.frame]));
  assert.equal(decoded.messages.length, 1);
  assert.equal(decoded.error?.code, 'protocol-id-wrong');
  assert.deepEqual(decoder.push(first.frame), { messages: [], error: undefined });
  assert.equal(decoder.end(), undefined);
  assert.equal(decoder.heldBytes, 0);
});

test('the first wrong byte is enough to see that the peer speaks something else', () => {
  assert.equal(new StreamDecoder().push(Buffer.from('G')).error?.code, 'protocol-id-wrong');
});

test('a stream that ends between messages is complete, one that ends inside is truncated', () => {
  const frame = encodeFrame(17, 1, Buffer.alloc(0));
  for (let length = 0; length <= frame.length; length++) {
    const decoder = new StreamDecoder();
    decoder.push(frame.subarray(0, length));
    assert.equal(decoder.end()?.code, length === 0 || length === frame.length ? undefined : 'stream-truncated');
    assert.deepEqual(decoder.push(frame).messages, []);
  }
});

test('a message owns its bytes', () => {
  const frame = encodeFrame(4, 7, Buffer.from('0900026869', 'hex'));
  const chunk = Buffer.from(frame);
  const [message] = new StreamDecoder().push(chunk).messages;
  chunk.fill(0xff);
  assert.ok(message);
  assert.deepEqual(encodeMessage(message), frame);
});

test('the largest message is taken, also a byte at a time, and a limit refuses it by its header', () => {
  const frame = encodeFrame(5, 1, Buffer.concat([Buffer.from([99, 0xff, 0xfc]), Buffer.alloc(65532, 0x55)]));
  const { messages, error } = pushAll(new StreamDecoder(), cut(frame, [1]));
  assert.equal(error, undefined);
  assert.deepEqual(messages.map(encodeMessage), [frame]);

  const limited = new StreamDecoder(maxPayloadBytes - 1);
  assert.equal(limited.push(frame.subarray(0, headerBytes)).error?.code, 'frame-too-large');
  const lifted = new StreamDecoder(16);
  lifted.limitPayload(maxPayloadBytes);
  assert.equal(lifted.push(frame).messages.length, 1);
});

test('room for a message that comes a byte at a time is reserved a few times only, so that copying stays linear', () => {
  const decoder = new StreamDecoder();
  const frame = encodeFrame(5, 1, Buffer.alloc(maxPayloadBytes));
  decoder.push(frame.subarray(0, headerBytes));
  const held = new Set<number>();
  for (const chunk of cut(frame.subarray(headerBytes, -1), [1])) {
    decoder.push(chunk);
    held.add(decoder.heldBytes);
  }
  assert.ok(held.size <= 10, `reserved ${held.size} times`);
});

test('a header that announces much reserves little', () => {
  const decoder = new StreamDecoder();
  decoder.push(encodeFrame(2, 1, Buffer.alloc(65535)).subarray(0, headerBytes + 1));
  assert.ok(decoder.heldBytes <= 1024, `${decoder.heldBytes} bytes held`);
});

test('a chunk of many megabytes leaves no more than its tail behind', () => {
  const frame = encodeFrame(9, 1, Buffer.concat([Buffer.from([99, 0xff, 0xfc]), Buffer.alloc(65532)]));
  const decoder = new StreamDecoder();
  const { messages, error } = decoder.push(Buffer.concat([...Array<Buffer>(200).fill(frame), frame.subarray(0, 100)]));
  assert.equal(error, undefined);
  assert.equal(messages.length, 200);
  assert.ok(decoder.heldBytes <= largestFrame);
});

const chunkSizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 20 });

/** Bytes that pass for a header more often than chance would have it. */
const almostFrame = fc
  .tuple(fc.constantFrom(0x55, 0x55, 0x55, 0), fc.integer({ min: 0, max: 25 }), fc.uint8Array({ maxLength: 300 }))
  .chain(([id, command, payload]) =>
    fc.integer({ min: Math.max(0, payload.length - 3), max: payload.length + 3 }).map((length) => {
      const frame = encodeFrame(command, 1, payload);
      frame[0] = id;
      frame.writeUInt16BE(length, 6);
      return frame;
    }),
  );

test('no bytes in no chunks make it throw or hold more than one message', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.array(almostFrame, { maxLength: 12 }).map((frames) => Buffer.concat(frames)),
  );
  fc.assert(
    fc.property(bytes, chunkSizes, (input, sizes) => {
      const split = pushAll(new StreamDecoder(), cut(input, sizes));
      const whole = pushAll(new StreamDecoder(), [input]);
      assert.deepEqual(split.messages, whole.messages);
      assert.equal(split.error?.code, whole.error?.code);
    }),
    { numRuns: 1000 },
  );
});

test('no change of recorded bytes makes it throw, and what is still a message encodes as it came', () => {
  const mutation = fc.record({ at: fc.nat(), remove: fc.nat({ max: 4 }), insert: fc.uint8Array({ maxLength: 4 }) });
  fc.assert(
    fc.property(
      fc.constantFrom(...recordedFrames),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      chunkSizes,
      ({ frame }, mutations, sizes) => {
        const bytes = mutations.reduce<Buffer>((old, { at, remove, insert }) => {
          const start = at % old.length;
          return Buffer.concat([old.subarray(0, start), insert, old.subarray(start + remove), Buffer.alloc(1)]);
        }, frame);
        const { messages } = pushAll(new StreamDecoder(), cut(bytes, sizes));
        const encoded = Buffer.concat(messages.map(encodeMessage));
        assert.deepEqual(encoded, bytes.subarray(0, encoded.length));
      },
    ),
    { numRuns: 2000 },
  );
});
