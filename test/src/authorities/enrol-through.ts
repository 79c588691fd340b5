import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createPhoneTls, readCapfTrust } from '@opencapf/phone';
import { deviceNames, type FinishedLoad, runLoad } from '@opencapf/phone/load';
import { generateKeyPair, type KeyPair, type KeyType } from '@opencapf/pki';
import { activateIssuer, type NewIssuer, stageIssuer } from '@opencapf/store';
import { Enrolments } from '../support/enrolments.js';
import type { FakeCa } from './fake-ca.js';

const author = { name: 'test' };

/** An authority elsewhere, and how many phones get their certificates from it. */
export interface EnrolThroughOptions {
  readonly authority: Pick<NewIssuer, 'kind' | 'configuration' | 'secrets'>;
  readonly ca: FakeCa;
  readonly phones: number;
}

/**
 * Lets phones enrol through a service whose default authority is this one, and requires what must hold whatever goes wrong on
 * the way: every phone holds a certificate that the CA gave out, the CA certified no key twice, and nothing is left pending.
 *
 * @returns what the phones met with
 */
export async function enrolThrough({ authority, ca, phones }: EnrolThroughOptions): Promise<FinishedLoad['result']> {
  await using enrolments = await Enrolments.start();
  const { database } = enrolments.test;
  const signing = { certificate: ca.certificate, chain: ca.chain };
  const staged = await stageIssuer(
    database,
    enrolments.secretKey,
    { name: 'Site CA', signing, secrets: {}, ...authority },
    author,
  );
  assert.ok(staged.outcome === 'staged');
  const activation = await activateIssuer(database, staged.id, { confirmed: true, makeDefault: true }, author);
  assert.equal(activation, 'activated');

  const names = deviceNames('SEP0AC000000000', phones);
  for (let first = 0; first < names.length; first += 50) {
    await Promise.all(
      names.slice(first, first + 50).map((name) => enrolments.queueInstall(name, undefined, undefined, 'ecOnly')),
    );
  }
  const { result } = await runLoad(
    names.map((name) => ({ name, errand: 'install' })),
    {
      host: '127.0.0.1',
      port: enrolments.at.capfPort,
      // Phones compare an LSC with those that may have issued it, where they were told of them.
      tls: createPhoneTls({ trust: readCapfTrust(Buffer.from(`${enrolments.at.ca}${ca.pem}`)) }),
      concurrency: 100,
      timeoutMs: 20_000,
      keyFor: preparedKeys(),
      comesAgain: { times: 100, pauseMs: 500 },
    },
  );
  assert.deepEqual(result.failures, []);
  assert.equal(result.succeeded, phones);

  assert.deepEqual(ca.certifiedTwice(), []);
  const given = new Map(
    ca.certified.map(({ certificate, name }) => [createHash('md5').update(certificate).digest('hex'), name]),
  );
  const devices = await enrolments.rows<{ name: string; md5hash: string | null; state: string }>(`
    select d.name, d.md5hash, o.state from public.device d
      join opencapf_private.operation o on o.device_name = d.name`);
  assert.equal(devices.length, phones);
  for (const { name, md5hash, state } of devices) {
    assert.equal(state, 'successful', name);
    assert.equal(given.get(md5hash ?? ''), name, `${name} holds what the CA gave out for it`);
  }
  const open = await enrolments.rows(
    'select certificate_id from opencapf_private.authority_request where ended_at is null',
  );
  assert.deepEqual(open, [], 'nothing is forgotten');
  return result;
}

/** Each call another key; EC keys cost little. */
function preparedKeys(): (name: string, type: KeyType) => Promise<KeyPair> {
  return async (_, type) => await generateKeyPair(type);
}
