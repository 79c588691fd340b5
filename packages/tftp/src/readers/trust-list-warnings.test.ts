import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleCertificate } from '../samples.test.support.js';
import { trustListWarnings, warningsOfUse } from './index.js';

const now = new Date('2026-11-27T00:00:00Z');
const certificate = (notAfter: string, notBefore = '2020-01-01T00:00:00Z') => ({
  subject: 'CN=one',
  notBefore: new Date(notBefore),
  notAfter: new Date(notAfter),
});
const codesOf = (bytes: number, ...records: Parameters<typeof trustListWarnings>[0]['records']) =>
  trustListWarnings({ bytes, records }, now, 90).map(({ code, record }) => [code, record]);

test('a list is warned of from four fifths of 64 KB on', () => {
  assert.deepEqual(codesOf(52_427), []);
  assert.deepEqual(codesOf(52_428), [['trust-list-near-limit', undefined]]);
});

test('certificates are warned of that ended, end soon or have not begun, each by its record', () => {
  assert.deepEqual(
    codesOf(
      1_000,
      { role: 'SAST', certificate: certificate('2026-11-27T00:00:00Z') },
      { role: 'TFTP', certificate: certificate('2027-02-25T00:00:00Z') },
      { role: 'TFTP', certificate: certificate('2027-02-25T00:00:01Z') },
      { role: 'CAPF', certificate: certificate('2030-01-01T00:00:00Z', '2026-11-28T00:00:00Z') },
      { role: 'CCM', certificate: undefined },
    ),
    [
      ['trust-list-certificate-expired', 1],
      ['trust-list-certificate-expires-soon', 2],
      ['trust-list-certificate-not-yet-valid', 4],
      ['trust-list-certificate-missing', 5],
    ],
  );
});

test('a record is warned of whose namesake is in use with another certificate, and a certificate in no record', () => {
  const [capf, tvs] = [sampleCertificate('CAPF'), sampleCertificate('TVS')];
  const renewed = { ...capf, der: Uint8Array.of(1) };
  const records = [{ role: 'CAPF', certificate: capf }];
  assert.deepEqual(warningsOfUse(records, [capf]), []);
  assert.deepEqual(
    warningsOfUse(records, [renewed, tvs]).map(({ code, record }) => [code, record]),
    [
      ['trust-list-certificate-not-in-use', 1],
      ['trust-list-certificate-unlisted', undefined],
      ['trust-list-certificate-unlisted', undefined],
    ],
  );
});
