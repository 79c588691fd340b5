import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { toHex } from './bytes.js';
import { extension } from './extensions.js';

/** The octets are those of another implementation. */
function assertSame(ours: Uint8Array | undefined, theirs: { readonly rawData: ArrayBuffer }): void {
  assert.equal(toHex(ours ?? new Uint8Array()), toHex(new Uint8Array(theirs.rawData)));
}

describe('extensions', () => {
  it('say whether a certificate may issue others as @peculiar/x509 writes it', () => {
    assertSame(extension.endEntity(), new x509.BasicConstraintsExtension(false, undefined, true));
    assertSame(extension.issuerOfEndEntities(), new x509.BasicConstraintsExtension(true, 0, true));
  });

  it('list usages and purposes as @peculiar/x509 writes them', () => {
    const names = ['digitalSignature', 'keyEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'] as const;
    fc.assert(
      fc.property(fc.subarray([...names], { minLength: 1 }), (usages) => {
        const flags = usages.reduce((all, usage) => all | x509.KeyUsageFlags[usage], 0);
        assertSame(extension.keyUsage(...usages), new x509.KeyUsagesExtension(flags, true));
      }),
    );
    const purposes = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0', '2.999.1234567.0', '1.3.6.1.4.1.311.20.2.2'];
    assertSame(extension.extendedKeyUsage(...purposes), new x509.ExtendedKeyUsageExtension(purposes));
  });

  it('identify a key as @peculiar/x509 writes it', () => {
    const keyId = Buffer.from('00112233445566778899aabbccddeeff00112233', 'hex');
    assertSame(extension.authorityKeyIdentifier(keyId), new x509.AuthorityKeyIdentifierExtension(toHex(keyId)));
    assertSame(extension.subjectKeyIdentifier(keyId), new x509.SubjectKeyIdentifierExtension(toHex(keyId)));
  });

  it('name servers as @peculiar/x509 writes them', () => {
    // @peculiar/x509 does not read those that end as an IPv4 address does.
    const ipV6 = fc.ipV6().filter((address) => !address.includes('.'));
    const addresses = fc.array(fc.oneof(fc.ipV4(), ipV6), { maxLength: 4 });
    fc.assert(
      fc.property(fc.subarray(['localhost', '*.example.org', 'a-1.example']), addresses, (dnsNames, ipAddresses) => {
        const names = [
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
        ];
        assertSame(extension.subjectAltName(dnsNames, ipAddresses), new x509.SubjectAlternativeNameExtension(names));
      }),
    );
  });

  it('name a server by an IPv6 address that ends as an IPv4 address does', () => {
    assert.match(toHex(extension.subjectAltName([], ['64:ff9b::192.0.2.33'])), /87100064ff9b0000000000000000c0000221$/);
  });

  it("tell where the issuer's state is found as @peculiar/x509 writes it", () => {
    const [crl, ocsp, caIssuers] = [
      ['http://a.example/1.crl', 'ldap://b.example/cn=x?crl'],
      ['http://ocsp.example'],
      ['http://a.example/ca.cer', 'http://b.example/ca.cer'],
    ];
    const [points, access, ...rest] = extension.issuerUrls({ crl, ocsp, caIssuers });
    assertSame(points, new x509.CRLDistributionPointsExtension([...crl]));
    assertSame(access, new x509.AuthorityInfoAccessExtension({ ocsp: [...ocsp], caIssuers: [...caIssuers] }));
    assert.deepEqual(rest, []);
    assert.deepEqual(extension.issuerUrls({}), []);
  });
});
