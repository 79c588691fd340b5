import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import {
  capfKeyType,
  createCapfCertificate,
  createSigner,
  exportPkcs8,
  generateKeyPair,
  readCertificate,
  toPem,
} from '@opencapf/pki';
import { activateCapfIdentity, stageCapfIdentity } from '@opencapf/store';
import { Enrolments, makeKey } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { get } from '../support/https.js';

const author = { name: 'test' };

/** Stages a new key with a self-signed certificate. */
async function stage(enrolments: Enrolments) {
  const keys = await generateKeyPair(capfKeyType);
  const certificate = await createCapfCertificate(createSigner(keys));
  const staged = await stageCapfIdentity(
    enrolments.test.database,
    enrolments.secretKey,
    { certificate, chain: [] },
    { publicKey: keys.spki, algorithm: 'RSA 2048', kept: { pkcs8: exportPkcs8(keys.privateKey) } },
    author,
  );
  return { id: staged.outcome === 'staged' ? staged.id : assert.fail(), certificate: readCertificate(certificate) };
}

/** The serial number of the certificate that phones meet now who trust these. */
async function met({ at }: Enrolments, ca: readonly string[]): Promise<string> {
  const trust = { ca: [...ca], checkServerIdentity: () => undefined };
  const socket = connect({ host: '127.0.0.1', port: at.capfPort, ...trust });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().serialNumber.toLowerCase();
  } finally {
    socket.destroy();
  }
}

for (const workers of ['1', '2']) {
  describe(`a service of ${workers} process(es) whose CAPF certificate is replaced`, () => {
    it('shows the new one without a restart, and phones that make their key go on', async () => {
      await using enrolments = await Enrolments.start({ OPENCAPF_WORKERS: workers });
      const before = enrolments.at.ca;
      const [early, late] = ['SEP000000000001', 'SEP000000000002'];
      for (const name of [early, late]) await enrolments.queueInstall(name);
      const key = gate();
      const underWay = enrolments.enroll(early, {
        makeKey: async () => {
          await key.pass();
          return await generateKeyPair({ kind: 'rsa', size: 1024 });
        },
      });
      await key.reached;
      const { id, certificate } = await stage(enrolments);
      const stagedFile = `${enrolments.dataDir()}/capf-staged.pem`;
      const activeFile = `${enrolments.dataDir()}/capf.pem`;
      await eventually(
        async () => existsSync(stagedFile),
        (there) => there,
        30_000,
      );
      assert.equal(readFileSync(activeFile, 'utf8'), before, 'a staged one is met by nobody');
      assert.equal(readCertificate(readFileSync(stagedFile)).serial, certificate.serial);
      assert.equal(await activateCapfIdentity(enrolments.test.database, id, { confirmed: true }, author), 'activated');
      let inARow = 0;
      await eventually(
        () => met(enrolments, [before, toPem('CERTIFICATE', certificate.der)]),
        (serial) => {
          inARow = serial === certificate.serial ? inARow + 1 : 0;
          // Each worker has its turn.
          return inARow === 12;
        },
        60_000,
      );
      await eventually(
        async () => [readFileSync(activeFile, 'utf8') !== before, existsSync(stagedFile)],
        ([changed, staged]) => changed === true && staged === false,
        30_000,
      );
      key.open();
      assert.equal((await underWay).outcome.kind, 'installed', 'a session over the old one went on');
      assert.equal(
        (await enrolments.enroll(late, { makeKey })).outcome.kind,
        'tlsFault',
        'who trusts the old one alone',
      );
      // The old key still signs LSCs, and the simulated phone verifies what it stores.
      enrolments.at = { ...enrolments.at, ca: readFileSync(activeFile, 'utf8') + before };
      assert.equal((await enrolments.enroll(late, { makeKey })).outcome.kind, 'installed');
      const ready = await eventually(
        () => get(`${enrolments.at.admin}/readyz`, readFileSync(activeFile, 'utf8')).catch(() => ({ status: 0 })),
        ({ status }) => status === 200,
        30_000,
      );
      assert.equal(ready.status, 200, 'the admin listener follows');
    });
  });
}
