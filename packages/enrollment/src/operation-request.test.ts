import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EnrollmentError, type EnrollmentErrorCode } from './errors.js';
import { checkOperationRequest, type OperationInput, type OperationPolicy } from './operation-request.js';

const now = new Date('2026-11-20T18:00:00Z');
const policy: OperationPolicy = { now, expiresInDays: 10, nullStringExpiresInHours: 24, minRsaKeySize: 1024 };
const install: OperationInput = { operation: 'install', authenticationMode: 'nullString' };

function refuses(input: Partial<OperationInput>, code: EnrollmentErrorCode, site: Partial<OperationPolicy> = {}): void {
  assert.throws(
    () => checkOperationRequest({ ...install, ...input }, { ...policy, ...site }),
    (fault) => fault instanceof EnrollmentError && fault.code === code,
  );
}

describe('an operation to be queued', () => {
  it('has the defaults of the source documents and ten days', () => {
    assert.deepEqual(checkOperationRequest({ ...install, authenticationMode: 'existingCertificateLscFirst' }, policy), {
      kind: 'install',
      authenticationMode: 'existingCertificateLscFirst',
      authenticationString: undefined,
      stringGenerated: false,
      keyOrder: 'rsaOnly',
      rsaKeySize: 2048,
      ecKeySize: 256,
      completesBy: new Date('2026-11-30T18:00:00Z'),
      allowedNetworks: undefined,
    });
  });

  it('takes what is left out from a security profile', () => {
    const profile = {
      authenticationMode: 'existingCertificateMicFirst',
      keyOrder: 'ecPreferred',
      rsaKeySize: 4096,
      ecKeySize: 384,
    } as const;
    const { authenticationMode: _, ...bare } = install;
    const queued = checkOperationRequest(bare, { ...policy, profile });
    const { authenticationMode, keyOrder, rsaKeySize, ecKeySize } = queued;
    assert.deepEqual({ authenticationMode, keyOrder, rsaKeySize, ecKeySize }, profile);
    const said = checkOperationRequest({ ...bare, keyOrder: 'rsaOnly', rsaKeySize: 3072 }, { ...policy, profile });
    assert.deepEqual([said.keyOrder, said.rsaKeySize], ['rsaOnly', 3072]);
    refuses({ authenticationMode: undefined }, 'authentication-mode-unknown');
    refuses({}, 'key-size-below-minimum', { minRsaKeySize: 3072, profile: { ...profile, rsaKeySize: 2048 } });
  });

  it('by null string is open for a time of its own, and may be for some networks only', () => {
    const { completesBy, allowedNetworks } = checkOperationRequest(
      { ...install, allowedNetworks: ['10.0.0.0/8', '2001:db8::1'] },
      policy,
    );
    assert.deepEqual(completesBy, new Date('2026-11-21T18:00:00Z'));
    assert.deepEqual(allowedNetworks, ['10.0.0.0/8', '2001:db8::1']);
    for (const wrong of ['10.0.0.1/8', '10.0.0.0/33', 'office', '']) {
      refuses({ allowedNetworks: ['10.0.0.0/8', wrong] }, 'allowed-networks-malformed');
    }
    refuses({ allowedNetworks: [] }, 'allowed-networks-malformed');
    refuses({ allowedNetworks: Array.from({ length: 101 }, () => '10.0.0.0/8') }, 'allowed-networks-malformed');
    for (const authenticationMode of ['authenticationString', 'existingCertificateMicFirst']) {
      refuses({ authenticationMode, allowedNetworks: ['10.0.0.0/8'] }, 'allowed-networks-unexpected');
    }
  });

  it("may be said in the source documents' words", () => {
    const said = checkOperationRequest(
      {
        operation: 'Install/Upgrade',
        authenticationMode: 'By Authentication String',
        authenticationString: '12345',
        keyOrder: 'EC Preferred, RSA Backup',
        rsaKeySize: 1024,
        ecKeySize: 521,
        completesBy: '2026 : 12 : 01 : 07',
      },
      policy,
    );
    assert.equal(said.kind, 'install');
    assert.equal(said.authenticationMode, 'authenticationString');
    assert.equal(said.authenticationString, '12345');
    assert.equal(said.keyOrder, 'ecPreferred');
    assert.deepEqual(said.completesBy, new Date('2026-12-01T07:00:00Z'));
  });

  it('is refused when nobody knows it', () => {
    refuses({ operation: 'No Pending Operation' }, 'operation-kind-unknown');
    refuses({ operation: 'constructor' }, 'operation-kind-unknown');
    refuses({ authenticationMode: 'password' }, 'authentication-mode-unknown');
    refuses({ keyOrder: 'rsaPreferred' }, 'key-order-unknown');
    refuses({ rsaKeySize: 2047 }, 'key-size-unknown');
    refuses({ ecKeySize: 255 }, 'key-size-unknown');
  });

  it('can be authenticated by an existing certificate, which goes without a string', () => {
    const said = (authenticationMode: string) =>
      checkOperationRequest({ ...install, authenticationMode }, policy).authenticationMode;
    assert.equal(said('existingCertificateLscFirst'), 'existingCertificateLscFirst');
    assert.equal(said('By Existing Certificate (Precedence to LSC)'), 'existingCertificateLscFirst');
    assert.equal(said('By Existing Certificate (Precedence to MIC)'), 'existingCertificateMicFirst');
    refuses(
      { authenticationMode: 'existingCertificateLscFirst', authenticationString: '1234' },
      'authentication-string-unexpected',
    );
  });

  it('takes strings of 4 to 10 digits, and only where they are asked for', () => {
    const mode = { authenticationMode: 'authenticationString' };
    for (const authenticationString of ['', '123', '12345678901', '12 45', 'abcd', '١٢٣٤', '1234\n']) {
      refuses({ ...mode, authenticationString }, 'authentication-string-malformed');
    }
    for (const authenticationString of ['1234', '0000000000']) {
      assert.equal(
        checkOperationRequest({ ...install, ...mode, authenticationString }, policy).authenticationString,
        authenticationString,
      );
    }
    refuses({ authenticationString: '1234' }, 'authentication-string-unexpected');
    assert.equal(
      checkOperationRequest({ ...install, authenticationString: '' }, policy).authenticationString,
      undefined,
    );
  });

  it('gets a string of its own when none is given', () => {
    const { authenticationString, stringGenerated } = checkOperationRequest(
      { operation: 'delete', authenticationMode: 'authenticationString' },
      policy,
    );
    assert.match(authenticationString ?? '', /^\d{8}$/);
    assert.equal(stringGenerated, true);
  });

  it('keeps to the smallest RSA key of the site, where an RSA key may be made at all', () => {
    refuses({ rsaKeySize: 512 }, 'key-size-below-minimum');
    refuses({ rsaKeySize: 512, keyOrder: 'ecPreferred' }, 'key-size-below-minimum');
    assert.equal(
      checkOperationRequest({ ...install, rsaKeySize: 512 }, { ...policy, minRsaKeySize: 512 }).rsaKeySize,
      512,
    );
    assert.equal(checkOperationRequest({ ...install, rsaKeySize: 512, keyOrder: 'ecOnly' }, policy).rsaKeySize, 512);
    assert.equal(checkOperationRequest(install, { ...policy, minRsaKeySize: 4096 }).rsaKeySize, 4096);
  });

  it('completes by a time that exists and has not passed', () => {
    refuses({ completesBy: '2026:11:20:18' }, 'completes-by-past');
    refuses({ completesBy: '2011:10:19:12' }, 'completes-by-past');
    refuses({ completesBy: '2026-11-20T19:00:00+01:00' }, 'completes-by-past');
    for (const completesBy of [
      '',
      'tomorrow',
      '2027-01-01',
      '2027-01-01T10:00',
      '2027:02:30:10',
      '2027-02-30T10:00Z',
      '2027:01:01:24',
      '2027:13:01:00',
    ]) {
      refuses({ completesBy }, 'completes-by-malformed');
    }
    const at = (completesBy: string): string =>
      checkOperationRequest({ ...install, completesBy }, policy).completesBy.toISOString();
    assert.equal(at('2026-11-20T18:30:00-01:00'), '2026-11-20T19:30:00.000Z');
    assert.equal(at('2026:11:20:19'), '2026-11-20T19:00:00.000Z');
    assert.equal(at('2028:02:29:00'), '2028-02-29T00:00:00.000Z');
  });
});
