import { type ProofSignatures, verifyDeviceProof, verifySudiProof } from '@opencapf/pki';
import type { SudiData } from '@opencapf/protocol';
import { type KeyOnRecord, type KnownDevice, readKeyOnRecord } from '@opencapf/store';
import type { EnrollmentServices } from './services.js';
import type { Introduced } from './session-beginning.js';
import { ProofRefused, superseded } from './session-ends.js';
import { sessionOutcomes } from './session-outcomes.js';
import {
  checkName,
  readShown,
  type Standing,
  standingOf,
  type VerifiedCertificate,
  verifyCertificate,
} from './shown-certificate.js';

/** A certificate that was verified, with what is on record about it. */
export interface ProvenCertificate extends VerifiedCertificate {
  readonly standing: Standing;
  readonly record: KeyOnRecord;
}

/** By which certificates a phone has proved itself. */
export interface IdentityProof {
  readonly own: ProvenCertificate;
  /** The certificate of a SUDI proof for this session; it may be the same one. */
  readonly sudi: ProvenCertificate | undefined;
}

/**
 * Checks all of what a phone shows to prove itself with a certificate it has (capf-wire-protocol.md, section 6): the
 * certificate, both signatures and, where the rules ask for it, the SUDI proof.
 *
 * @throws ProofRefused `proof-missing`, `certificate-refused`, `signature-refused`, `sudi-missing`, `sudi-refused`
 */
export async function checkIdentityProof(introduced: Introduced, device: KnownDevice): Promise<IdentityProof> {
  const { introduction, services } = introduced;
  const { certificate: shown, signedData: sha1, sha2SignedData: sha2 } = introduction;
  if (shown === undefined) throw new ProofRefused('proof-missing', sessionOutcomes['proof-missing']);
  const anchors = await services.trust.current();
  const verified = verifyCertificate(shown.der, device.name, anchors, services.clock());
  const proof = verifyDeviceProof(verified.certificate, device.name, { sha1, sha2 }, services.proofs);
  if (!proof.ok) throw new ProofRefused('signature-refused', `${proof.reason} [${proof.code}]`);
  const own = await weigh(services, device, verified);
  const sudi = await checkSudi(introduced, device, own);
  for (const { anchor } of sudi === undefined || sudi === own ? [own] : [own, sudi]) services.trust.countUse(anchor);
  return { own, sudi };
}

/** The one proof that is bound to the session, and so the only one that shows the phone's presence. */
async function checkSudi(
  introduced: Introduced,
  device: KnownDevice,
  own: ProvenCertificate,
): Promise<ProvenCertificate | undefined> {
  const { requireSudi } = introduced.services.proofs;
  const { sudiData } = introduced.introduction;
  if (requireSudi === 'never') {
    if (sudiData !== undefined) refuseSudiOfAnother(sudiData.certificate.bytes, device.name);
    return undefined;
  }
  if (sudiData !== undefined) return await verifySudi(introduced, device, own, sudiData);
  if (requireSudi === 'always' || own.record.sudiSeen) {
    throw new ProofRefused('sudi-missing', sessionOutcomes['sudi-missing']);
  }
  return undefined;
}

/** Where presence is not asked for, whose certificate it is still is: no honest phone shows another device's. */
function refuseSudiOfAnother(der: Uint8Array, deviceName: string): void {
  try {
    checkName(readShown(der), 'mic', deviceName);
  } catch (fault) {
    throw asSudiRefused(fault);
  }
}

async function verifySudi(
  { phone, services }: Introduced,
  device: KnownDevice,
  own: ProvenCertificate,
  { certificate, sha1Signature, sha512Signature: last }: SudiData,
): Promise<ProvenCertificate> {
  try {
    const sudi = certificate.bytes.equals(own.certificate.der)
      ? own
      : await weigh(
          services,
          device,
          verifyCertificate(certificate.bytes, device.name, await services.trust.current(), services.clock()),
        );
    const signatures: ProofSignatures = {
      sha1: sha1Signature.bytes,
      // An RSA key that is too short for SHA-512 leaves the part empty.
      sha2: last.bytes.length === 0 ? undefined : { digestId: last.id, signature: last.bytes },
    };
    const proof = verifySudiProof(sudi.certificate, phone.sessionId, signatures, services.proofs);
    if (!proof.ok) throw new ProofRefused('sudi-refused', `${proof.reason} [${proof.code}]`);
    return sudi;
  } catch (fault) {
    throw asSudiRefused(fault);
  }
}

function asSudiRefused(fault: unknown): unknown {
  return fault instanceof ProofRefused
    ? new ProofRefused('sudi-refused', `SUDI: ${fault.message}`, { cause: fault })
    : fault;
}

async function weigh(
  services: EnrollmentServices,
  device: KnownDevice,
  verified: VerifiedCertificate,
): Promise<ProvenCertificate> {
  const { der, spki } = verified.certificate;
  const record = await readKeyOnRecord(services.database, device.id, der, spki);
  if (record === undefined) throw superseded();
  return { ...verified, record, standing: standingOf(verified, record) };
}
