import type { CertificateRecord } from './certificate-reader.js';
import { derTag } from './der-writer.js';
import { type PkiErrorCode, pkiErrors } from './errors.js';
import { readName } from './name-reader.js';
import { oid } from './object-identifiers.js';
import type { AnchorPurpose } from './trust-anchors.js';

/** The codes with which {@link checkDeviceBinding} refuses. */
export type BindingRefusal = Extract<PkiErrorCode, `binding-${string}`>;

/** What {@link checkDeviceBinding} found. */
export type BindingCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: BindingRefusal;
      /** Why, in words that an administrator can act on. */
      readonly reason: string;
    };

/** String types whose octets are ASCII; the others write the same name in other octets, or leave room for tricks. */
const asciiStrings: ReadonlySet<number> = new Set([
  derTag.printableString,
  derTag.utf8String,
  derTag.teletexString,
  derTag.ia5String,
]);

/**
 * Checks that a certificate is that of a device, by its one common name. An LSC bears the device's name and nothing else; a
 * MIC bears it alone or as `<model>-<device name>`, the model being any letters, digits and hyphens. A device whose name holds a
 * hyphen must stand in a MIC alone, since `CP-8841-SEP001122334455` says nothing about a device `8841-SEP001122334455`. Case
 * counts.
 *
 * @param purpose - Of the anchor that vouches for the certificate: `mic` allows the MIC's form, all others the LSC's alone.
 * @returns Never throws: whose certificate it is is an answer.
 */
export function checkDeviceBinding(
  certificate: CertificateRecord,
  purpose: AnchorPurpose,
  deviceName: string,
): BindingCheck {
  const commonName = soleCommonName(certificate);
  if (commonName === undefined) return { ok: false, code: 'binding-name-unusable', reason: reasons.unusable };
  if (commonName === deviceName) return { ok: true };
  const model = commonName.endsWith(`-${deviceName}`) ? commonName.slice(0, -deviceName.length - 1) : '';
  if (purpose === 'mic' && /^[^-]+$/.test(deviceName) && /^[A-Za-z0-9-]+$/.test(model)) return { ok: true };
  return {
    ok: false,
    code: 'binding-other-device',
    reason: `The certificate names "${commonName}", not ${deviceName}.`,
  };
}

const reasons = { unusable: pkiErrors['binding-name-unusable'] } as const;

/** Undefined unless the subject holds exactly one common name, in printable ASCII. */
function soleCommonName({ subjectDer }: CertificateRecord): string | undefined {
  const [name, ...others] = readName(subjectDer)
    .flat()
    .filter(({ type }) => type === oid.commonName);
  if (name?.text === undefined || others.length > 0 || !asciiStrings.has(name.tag)) return undefined;
  return /^[\x20-\x7e]+$/.test(name.text) ? name.text : undefined;
}
