import { randomBytes } from 'node:crypto';
import {
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  type Issuer,
  loadIssuer,
  randomSerial,
  sha256Hex,
  toPem,
} from '@opencapf/pki';
import type { HeldCertificate, PhoneIdentity } from '../identity.js';
import { requireAnswer } from './admin-steps.js';
import { keyNamed } from './key-name.js';
import type { GivenCertificate, MakerStep, PhoneStep } from './language.js';
import { StepFailure } from './step-failure.js';
import type { ScenarioTarget } from './target.js';

const day = 86_400_000;

/** Somebody who makes certificates for phones: a factory, or the CAPF of another cluster. */
export interface Maker {
  readonly issuer: Issuer;
  /** SHA-256 over its certificate, lower-case hex. */
  readonly sha256: string;
}

/** Makes a maker, and puts it into the service's trust store where the step says so. @throws StepFailure */
export async function makeMaker(step: MakerStep, target: ScenarioTarget, now: number): Promise<Maker> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const issuer = loadIssuer(await createCapfCertificate(signer, {}, new Date(now - 60 * day)), signer);
  const { der } = issuer.certificate;
  const maker = { issuer, sha256: sha256Hex(der) };
  if (step.trusted !== undefined) {
    const query = `purpose=${step.trusted}${step.allowExpired === undefined ? '' : `&allowExpired=${step.allowExpired}`}`;
    const body = { type: 'application/x-pem-file', content: toPem('CERTIFICATE', der) };
    requireAnswer(await target.request('POST', `/v1/trust-certificates?${query}`, body), step.expect);
  }
  return maker;
}

/** Takes a maker out of the trust store; one that is not there is none of its concern. */
export async function distrust({ sha256 }: Maker, target: ScenarioTarget): Promise<void> {
  await target.request('DELETE', `/v1/trust-certificates/${sha256}`);
}

/** What a phone holds that was given certificates by makers. @throws StepFailure */
export async function givenCertificates(
  { phone, lsc, mic }: PhoneStep,
  held: PhoneIdentity,
  makers: ReadonlyMap<string, Maker>,
  now: number,
): Promise<PhoneIdentity> {
  return {
    lsc: lsc === undefined ? held.lsc : await certify(lsc, phone, makers, now),
    mic: mic === undefined ? held.mic : await certify(mic, phone, makers, now),
  };
}

async function certify(
  { from, name, key = 'EC P-256', expired = false }: GivenCertificate,
  phone: string,
  makers: ReadonlyMap<string, Maker>,
  now: number,
): Promise<HeldCertificate> {
  const maker = makers.get(from);
  const type = keyNamed(key);
  if (maker === undefined || type === undefined) throw new StepFailure([`no maker before is "${from}"`]);
  const { issuer } = maker;
  const pair = await generateKeyPair(type);
  const profile = compileLscProfile(issuer);
  const tbs = profile.encodeTbs({
    deviceName: name ?? phone,
    spki: pair.spki,
    serial: randomSerial(randomBytes),
    notBefore: new Date(now - 30 * day),
    notAfter: new Date(now + (expired ? -day : 30 * day)),
  });
  return { certificate: profile.assemble(tbs, await issuer.signer.sign(tbs)), key: pair };
}
