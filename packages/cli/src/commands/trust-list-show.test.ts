import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTftpServer } from '@opencapf/tftp';
import { run } from '../main.js';

const samples = fileURLToPath(new URL('../../../tftp/conformance', import.meta.url));

async function show(kind: 'itl' | 'ctl', ...args: readonly string[]) {
  const said = { out: '', err: '' };
  const code = await run(
    [kind, 'show', ...args],
    {
      stdin: Readable.from([]),
      stdout: { write: (text) => (said.out += Buffer.from(text).toString()) },
      stderr: { write: (text) => (said.err += Buffer.from(text).toString()) },
      env: {},
    },
    samples,
  );
  return { code, ...said };
}

describe('opencapf itl show', () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, reply) => {
      if (request.url === '/long.tlv') reply.end(Buffer.alloc(1_000_000));
      else if (request.url === '/ITLFile.tlv') reply.end(readFileSync(join(samples, 'tlv/ctl-v1.0-sha1.tlv')));
      else reply.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('prints a list as the source documents do, and by which record it was verified', async () => {
    const { code, out } = await show('ctl', 'seed-layout/ctl.tlv');
    assert.equal(code, 0);
    for (const line of [
      /^Length of CTL file: \d+ \(phones load 65535\)$/m,
      /^HeaderLength: {3}\d+ \(BYTES\)$/m,
      /^4 {7}SIGNERNAME {6}\d+ +CN=SAST/m,
      /^BYTEPOS TAG {13}LENGTH {2}VALUE\n------- --- {13}------ {2}-----\n3 {7}SIGNERID/m,
      /^CTL Record #:1$/m,
      /^4 {7}FUNCTION {8}2 {7}System Administrator Security Token$/m,
      /^This etoken was used to sign the CTL file\.$/m,
      /^2 {7}DNSNAME {9}11 {6}192\.0\.2\.10$/m,
      /^9 {7}CERTIFICATE {5}\d+ +([0-9A-F]{2} ){20}\(SHA1 Hash HEX\)$/m,
      /^The CTL file was verified successfully, by record #:1\.$/m,
    ]) {
      assert.match(out, line);
    }
  });

  it('prints a list that nobody should believe, says why, and ends with another status', async () => {
    const { code, out } = await show('itl', 'tampered/certificate-changed.tlv');
    assert.equal(code, 1);
    assert.match(out, /^ITL Record #:1$/m);
    assert.match(out, /^Verification of the ITL File Failed: .*\[file-signature-invalid\]$/m);
    const {
      verified,
      code: why,
      signedByRecord,
    } = JSON.parse((await show('itl', 'tampered/certificate-changed.tlv', '--json')).out);
    assert.deepEqual([verified, why, signedByRecord], [false, 'file-signature-invalid', null]);
  });

  it('tells scripts the same as JSON, with what is to be looked at', async () => {
    const { code, out } = await show('itl', 'tlv/itl-v1.1-sha512.tlv', '--json', '--soon', '99999');
    const { verified, signedByRecord, hash, records, warnings, byteLimit } = JSON.parse(out);
    assert.deepEqual([code, verified, signedByRecord, hash, byteLimit], [0, true, 1, 'sha512', 65_535]);
    assert.deepEqual(
      records.map(({ role }: { role: string }) => role),
      ['SAST', 'CCM', 'TFTP', 'CCM+TFTP', 'CAPF', 'TVS', 'APP-SERVER'],
    );
    assert.equal(warnings[0].record, 1);
  });

  it('says whether a phone takes it that holds another list', async () => {
    assert.equal((await show('itl', 'tlv/itl-v1.1-sha512.tlv', '--held-by', 'tlv/itl-v1.0-sha1.tlv')).code, 0);
    const strangers = await show('itl', 'tlv/itl-v1.0-sha1.tlv', '--held-by', 'seed-layout/ctl.tlv');
    assert.equal(strangers.code, 0, 'the CTL of the samples has the same signer');
    const ctl = await show('itl', 'tlv/ctl-v1.0-sha1.tlv');
    assert.equal(ctl.code, 0);
    assert.match(ctl.out, /^The CTL file was verified successfully/m);
    const served = await show('itl', `${url}/ITLFile.tlv`);
    assert.deepEqual([served.code, /\[file-name-unexpected\]/.test(served.out)], [1, true]);
  });

  it('fetches over TFTP as phones do', async () => {
    const bytes = readFileSync(join(samples, 'tlv/itl-v1.1-sha512.tlv'));
    const ctl = readFileSync(join(samples, 'tlv/ctl-v1.0-sha1.tlv'));
    const files = new Map([
      ['new.tlv', bytes],
      ['ITLFile.tlv', ctl],
    ]);
    const find = async (name: string) => {
      const found = files.get(name);
      return found === undefined
        ? ({ found: false, code: 'file-missing' } as const)
        : ({ found: true, file: { name, bytes: found } } as const);
    };
    const deaf = { served: () => undefined, refused: () => undefined, failed: () => undefined };
    const options = { host: '127.0.0.1', port: 0, mostTransfers: 10, timeoutMs: 100 };
    const tftp = await openTftpServer({ find }, deaf, options);
    try {
      const at = `tftp://127.0.0.1:${tftp.address.port}`;
      assert.match((await show('itl', `${at}/new.tlv`)).out, /^The ITL file was verified successfully/m);
      const other = await show('itl', `${at}/ITLFile.tlv`);
      assert.deepEqual([other.code, /\[file-name-unexpected\]/.test(other.out)], [1, true]);
      const missing = await show('itl', `${at}/none.tlv`);
      assert.deepEqual([missing.code, /the server has no such file/.test(missing.err)], [2, true]);
      assert.equal((await show('itl', at)).code, 2);
      assert.equal((await show('itl', 'tftp://127.0.0.1:0/new.tlv')).code, 2);
    } finally {
      await tftp.stop(0);
    }
  });

  it('warns of certificates that are in use and not those of the list', async () => {
    const warned = async (list: string, inUse: string) => {
      const { code, out } = await show('itl', list, '--in-use', inUse, '--json');
      const warnings: readonly { code: string; record?: number }[] = JSON.parse(out).warnings;
      return [code, warnings.flatMap((one) => (/not-in-use|unlisted/.test(one.code) ? [[one.code, one.record]] : []))];
    };
    assert.deepEqual(await warned('tlv/itl-v1.0-sha1.tlv', 'keys/CAPF.pem'), [0, []]);
    const phone = await warned('tlv/itl-v1.0-sha1.tlv', 'keys/phone-cert.pem');
    assert.deepEqual(phone, [0, [['trust-list-certificate-unlisted', undefined]]]);
    assert.equal((await show('itl', 'tlv/itl-v1.0-sha1.tlv', '--in-use', 'none.pem')).code, 2);
  });

  it('reads no more of a file or an answer than it must, and says what cannot be read', async () => {
    const long = await show('itl', `${url}/long.tlv`);
    assert.deepEqual([long.code, /\[trust-list-too-long\]/.test(long.err)], [1, true]);
    const missing = await show('itl', `${url}/none.tlv`);
    assert.deepEqual([missing.code, /HTTP status 404/.test(missing.err)], [2, true]);
    assert.equal((await show('itl', tmpdir())).code, 2);
    assert.equal((await show('itl', 'no-such.tlv')).code, 2);
    assert.equal((await show('itl', 'ftp://127.0.0.1/x.tlv')).code, 2);
    assert.equal((await show('itl', 'index.json')).code, 1);
  });
});
