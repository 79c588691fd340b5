import { createRequire } from 'node:module';

// Half a second of processor time goes into loading these, and most processes (each command, each simulated phone) write no certificate
// and read no BER: what needs one of them loads it, once.
const require = createRequire(import.meta.url);

/** Writes names, extensions and PEM. */
export function x509(): typeof import('@peculiar/x509') {
  // It registers what it is made of there, and does not bring it along.
  require('reflect-metadata');
  return require('@peculiar/x509');
}

/** Reads messages of PKCS#7, and the ASN.1 of its own kind that they are given as. */
export function pkcs7(): { readonly pkijs: typeof import('pkijs'); readonly asn1js: typeof import('asn1js') } {
  return { pkijs: require('pkijs'), asn1js: require('asn1js') };
}
