// The floor: a bare TLS server that says what an install says and makes one RSA 2048 signature for each phone.
import { sign } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createCapfCertificate, createSigner, exportPkcs8Pem, generateKeyPair, toPem } from '@opencapf/pki';
import {
  authRequest,
  encodeMessage,
  endSession,
  headerBytes,
  keyGenerateRequest,
  storeCertificateRequest,
} from '@opencapf/protocol';

const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
const der = await createCapfCertificate(createSigner(key), {});

// The canned LSC is not for the phone's key: the phone says so, which costs the server nothing more or less.
const script = [
  keyGenerateRequest(1, { version: 3, key: { type: 'rsa', size: 2048 } }),
  undefined,
  storeCertificateRequest(1, der),
  endSession(1, 1),
].map((message) => message && encodeMessage(message));
const greeting = encodeMessage(authRequest(1));
const positionOfSignature = 2;

const server = createServer({ cert: toPem('CERTIFICATE', der), key: exportPkcs8Pem(key.privateKey) }, (socket) => {
  let position = 0;
  let tail: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    while (tail.length >= headerBytes && tail.length >= headerBytes + tail.readUInt16BE(6)) {
      tail = tail.subarray(headerBytes + tail.readUInt16BE(6));
      answer(socket, position);
      position += 1;
    }
  });
  socket.write(greeting);
});

function answer(socket: TLSSocket, position: number): void {
  const message = script[position];
  if (message === undefined) return;
  if (position === script.length - 1) socket.end(message);
  else if (position !== positionOfSignature) socket.write(message);
  else sign('sha256', der, key.privateKey, () => socket.write(message));
}

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
