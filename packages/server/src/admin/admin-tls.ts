import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import { createServerCertificate, exportPkcs8Pem, generateKeyPair, type Issuer, toPem } from '@opencapf/pki';
import { ServerError } from '../errors.js';

/** Certificate chain and private key, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

const validityDays = 825;
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * What the admin listener shows: nothing for `off`, a certificate that the CAPF certificate vouches for (so that `capf.pem` is all
 * that a client needs) for `auto`, else what the files hold.
 *
 * @param setting - the value of `OPENCAPF_ADMIN_TLS`
 * @param issuerChain - the CAPF certificate and those above it, PEM
 * @throws ServerError `admin-tls-required`, `admin-tls-unusable`
 */
export async function adminTlsIdentity(
  setting: string,
  host: string,
  issuer: Issuer,
  now: Date = new Date(),
  issuerChain: string = toPem('CERTIFICATE', issuer.certificate.der),
): Promise<TlsIdentity | undefined> {
  if (setting === 'off') {
    if (isLoopback(host)) return undefined;
    throw new ServerError(
      'admin-tls-required',
      `OPENCAPF_ADMIN_TLS=off needs a loopback OPENCAPF_ADMIN_HOST, not ${host}`,
    );
  }
  return setting === 'auto' ? await issuedIdentity(host, issuer, now, issuerChain) : filedIdentity(setting);
}

/** Made at each start and kept in memory only: no key to store, and nothing that expires unseen. */
async function issuedIdentity(host: string, issuer: Issuer, now: Date, issuerChain: string): Promise<TlsIdentity> {
  const { privateKey, spki } = await generateKeyPair({ kind: 'ec', size: 256 });
  const machine = hostname();
  const named = ['localhost', machine, host].filter((name) => isIP(name) === 0 && isDnsName(name));
  const certificate = await createServerCertificate(issuer, {
    commonName: isDnsName(machine) ? machine.slice(0, 64) : 'localhost',
    dnsNames: [...new Set(named)],
    ipAddresses: [...new Set(['127.0.0.1', '::1', ...(isIP(host) === 0 || isUnspecified(host) ? [] : [host])])],
    spki,
    validityDays,
    now,
  });
  return {
    cert: toPem('CERTIFICATE', certificate) + issuerChain,
    key: exportPkcs8Pem(privateKey),
  };
}

function filedIdentity(setting: string): TlsIdentity {
  const [certificatePath = '', keyPath = ''] = setting.split(',');
  try {
    const identity = { cert: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
    createSecureContext(identity);
    return identity;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unusable';
    throw new ServerError(
      'admin-tls-unusable',
      `OPENCAPF_ADMIN_TLS: cannot use ${certificatePath} with ${keyPath} (${reason})`,
      {
        cause,
      },
    );
  }
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function isUnspecified(host: string): boolean {
  return host === '::' || host === '0.0.0.0';
}

function isDnsName(name: string): boolean {
  return /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/.test(name);
}
