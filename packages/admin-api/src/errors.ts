/** What the admin API answers with a problem document of its own: each code with its meaning and what to do about it. */
export const adminApiErrors = {
  'request-invalid': 'The request is not what this call takes. The list "errors" says which part, and why.',
  'request-malformed': 'The request cannot be read: its JSON, its address or its headers are broken.',
  'request-too-large': 'The request is larger than this call takes.',
  'content-type-unsupported':
    'This call does not take a body of this content type. Settings and operations are application/json, certificates application/x-pem-file or application/pkix-cert.',
  'route-unknown': 'There is no such call. GET /openapi.json lists all of them.',
  'token-missing': 'This call asks for a token: send the header "Authorization: Bearer TOKEN".',
  'token-refused': 'The token is unknown, expired or revoked.',
  'too-many-refused-tokens':
    'Too many tokens from this address were refused. Wait as long as the header "Retry-After" says; a valid token is taken all the same.',
  'role-too-low': 'The role of this token does not allow this call.',
  'cursor-invalid': 'The cursor was not given by this list. Begin again without one.',
  'device-name-invalid':
    'A phone is named SEP and 12 upper-case hexadecimal digits; another device by 1 to 64 letters, digits, "-" or "_", never beginning with "CAPF-".',
  'device-name-reserved':
    'A file of all phones has this name, so that a device of this name would get none of its own. Choose another one.',
  'device-unknown': 'There is no device of this name. PUT /v1/devices/{name} creates one.',
  'operation-unknown': 'There is no operation of this number.',
  'operation-already-open':
    'An operation is open for this device. Cancel it, or queue with "replace": true to put the new one in its place.',
  'operation-ended': 'The operation has ended and cannot be cancelled any more.',
  'authentication-string-none':
    'The operation has no authentication string: it has ended, or authenticates in another way.',
  'probe-none': 'No probe is on record for this device, or none waits any more.',
  'probe-consent-missing':
    'A probe may disturb the phone: give the device\'s name as "consent" when whoever has it agrees.',
  'lockout-unknown': 'Nobody is refused under this number, or not any more.',
  'certificate-none': 'No certificate is on record for this device.',
  'certificate-name-mismatch':
    'The certificate names another device. An LSC bears the name of the device as its common name; a MIC that name, or the model, "-" and that name.',
  'certificate-unverified':
    'Neither an issuer of ours nor, for this purpose, the trust store vouches for this certificate. With ?force=true it is recorded all the same.',
  'certificate-not-in-its-dates':
    'The certificate, or that of its issuer, is expired or not yet valid. With ?force=true it is recorded all the same.',
  'certificate-out-of-use':
    'This certificate is on record as superseded, deleted or revoked, and does not come back. Queue an install instead.',
  'certificate-key-of-another-device':
    'The public key is on record for another device. Two devices with one key cannot be told apart.',
  'certificate-unknown': 'There is no certificate of this number.',
  'certificate-already-revoked': 'The certificate was revoked before, and stays so for the reason that is on record.',
  'trust-certificate-unknown': 'There is no certificate with this SHA-256 in the trust store.',
  'trust-certificate-has-other-purpose':
    'The certificate stands in the trust store for another purpose. Delete it there first, or leave it as it is.',
  'trust-certificate-is-file':
    'The certificate stands in a file of the trust directory. Delete the file; the certificate goes with the next start.',
  'authority-unknown':
    'There is no certificate authority of this number or name. GET /v1/authorities lists all of them.',
  'authority-name-taken': 'Another certificate authority has this name. Choose another one, or change that one.',
  'authority-kind-unknown': 'A certificate authority is of kind local, est, adcs, cmp or offline.',
  'authority-trust-ambiguous':
    'It cannot be told which of these certificates LSCs are signed by. Give that one and those above it, and no other.',
  'authority-is-local':
    'A local certificate authority has no trust anchor (lscTrust): its certificate is the one of its key. PUT /v1/authorities/{authority}/certificate gives a staged one another certificate.',
  'authority-not-local':
    'Only the key of a local certificate authority is here, for which another CA can be asked for a certificate. Give the certificate of this one as lscTrust.',
  'key-kept-elsewhere':
    'This private key is on record already, and kept in another place: sealed in the database, in a file or in an HSM. Name that place, or use another key.',
  'authority-not-offline':
    'Requests are downloaded, and certificates uploaded, for certificate authorities of kind offline alone; the others are asked by the service.',
  'authority-request-unknown': 'There is no request of this number. GET /v1/authority-requests lists all of them.',
  'authority-request-ended': 'The request has ended. Queue the operation again for another one.',
  'zip-unreadable': 'The zip cannot be read. Pack it again, without encryption.',
  'zip-too-large':
    'The zip unpacks to more than is taken: 10,000 files, 256 KiB each and 64 MiB together. Upload it in parts.',
  'authority-not-staged':
    'The certificate authority is active or retired already. Only a staged one can be activated, given another certificate or forgotten.',
  'authority-not-active':
    'The certificate authority is not active. Activate it first; one that is retired never signs again.',
  'authority-without-certificate':
    'The certificate that this authority signs LSCs with is not known yet. Give it (lscTrust), then activate it.',
  'activation-unconfirmed':
    'Once it is active, whoever does not trust it refuses what it signs, or cannot reach the service. Distribute GET /v1/trust-bundle and the trust lists first, then say "confirmed": true.',
  'authority-is-default':
    'The certificate authority signs for all devices that ask for no other. Make another one the default first.',
  'authority-is-last': 'Without this certificate authority nobody could sign LSCs. Activate another one first.',
  'authority-of-devices':
    'Devices have this certificate authority as their certificateIssuer. Give them another one first: GET /v1/devices?certificateIssuer=NAME lists them.',
  'authority-has-requests':
    'Operations wait for what this certificate authority was asked, and a retired one is asked nothing more. Wait until it has answered, or cancel the operations: GET /v1/authority-requests?authority=NAME lists them. A phone whose device has another authority by now asks that one when it comes next.',
  'capf-certificate-unknown':
    'There is no CAPF certificate of this number. GET /v1/capf-certificates lists all of them.',
  'capf-certificate-not-staged':
    'The CAPF certificate is active or retired already. Only a staged one can be activated, given another certificate or forgotten.',
  'capf-certificate-known':
    'This certificate is on record as a CAPF certificate. GET /v1/capf-certificates lists them.',
  'authority-has-issued':
    'LSCs are on record that the certificate of this authority vouches for, so it cannot be another one. Create another authority, and retire this one.',
  'certificate-issuer-unknown':
    'No certificate authority that signs LSCs, or is staged, has this name, or the word of the source documents means none or several of them. GET /v1/authorities lists all of them.',
  'security-profile-unknown':
    'There is no security profile of this name. GET /v1/security-profiles lists all of them, POST makes one.',
  'device-security-profile-unknown':
    'No security profile has this name. GET /v1/security-profiles lists all of them, POST makes one.',
  'security-profile-name-taken': 'Another security profile has this name. Choose another one, or change that one.',
  'security-profile-predefined':
    'The security profile is predefined: neither changed nor deleted. POST one of another name with other settings.',
  'security-profile-in-use':
    'Devices have this security profile. Give them another one first: GET /v1/devices?securityProfile=NAME lists them.',
  'security-profile-other-model':
    'The security profile is for another model or protocol than the device. Choose another one, or say force=true.',
  'device-security-mode-unknown':
    'The Device Security Mode is none of nonSecure (Non Secure), authenticated (Authenticated) and encrypted (Encrypted).',
  'combination-refused': 'These settings do not go together.',
  'combination-unless-forced':
    'As far as is known, this does not work: the model is not known to do it, or no file can be built for it here. Where you know that it works, say force=true; an unknown model counts as able.',
  'configuration-none': 'No configuration file is on record for this device.',
  'configuration-template-unknown':
    'There is no configuration template of this name. GET /v1/configuration-templates lists all of them.',
  'configuration-template-in-use': 'Devices have this configuration template. Give them another file first, or none.',
  'configuration-template-fields':
    'Devices have this template, and the new one has other fields than they fill. Keep it under another name, give them that one, and delete this one.',
  'configuration-template-too-long':
    'Filled with the values of a device that has this template, the new one is longer than 1 MiB, and the device would get no file. Shorten it, or those values.',
  'symmetric-key-none': 'No symmetric key is on record for this device.',
  'symmetric-key-already-set':
    'The device has a symmetric key, which the phone knows too and which should not be changed. Where the phone is given another one as well, say replace=true.',
  'symmetric-key-size-wrong': 'Phones of this model take a symmetric key of another size.',
  'accept-expired-past':
    'The time until which expired LSCs are to be accepted has passed. Give a later one, or null for not at all.',
  'trust-list-none':
    'No trust list has been built, or none of this kind is served. Start a node with OPENCAPF_TFTP=on; a CTL is switched on by PUT /v1/trust-list/ctl.',
  'trust-list-entry-known': 'This certificate is on record for trust lists in this role already.',
  'trust-list-entry-unknown':
    'There is no certificate of this number on record for trust lists. GET /v1/trust-list/entries lists all of them.',
  'trust-list-empty-undescribed':
    'Give the SAST certificate of the cluster that phones are to go to. A list after which phones take any other holds records without certificates, and how these are laid out is in no source, so it is not built.',
  'trust-list-released':
    'Phones are released to another cluster, whose certificate has the second SAST record. Take them back first: DELETE /v1/trust-list/release.',
  'trust-list-release-to-own':
    'The key of this certificate is one of this service, which signs no lists of another cluster. Give the SAST certificate of the cluster that phones are to go to: record 1 of its ITL, or what signs it.',
  'trust-list-release-expired':
    'The certificate has expired. Have the other cluster sign its lists with one that is valid, and give that.',
  'trust-list-not-released': 'Phones are not released to another cluster.',
  'trust-list-in-recovery':
    'Trust lists are signed with the recovery key now. End that first: POST /v1/trust-list/recovery/end.',
  'trust-list-not-in-recovery': 'Trust lists are not signed with the recovery key now.',
  'trust-list-not-fetched':
    'Devices that fetch their trust lists here have not fetched one that holds it, and would be lost. Have them restart and wait, or say "override": true to go on without them.',
  'file-signer-staged':
    'A signer is staged. Let it sign, or forget it, first: GET /v1/trust-list/signers shows what phones have fetched.',
  'file-signer-none-staged': 'No other signer is staged. POST /v1/trust-list/signers/{purpose}/stage makes one.',
  'trust-list-not-holding':
    'The trust lists that are served do not hold it yet. A node with OPENCAPF_TFTP=on builds them within seconds; its log says why not.',
  'recovery-key-elsewhere': 'The recovery key is not here: it was removed after it had been exported.',
  'recovery-key-exported':
    'The recovery key has been given out before, and is so once only. If it is lost, make another: POST /v1/trust-list/recovery/replace.',
  'recovery-key-not-exported':
    'The recovery key has not been given out, and would be lost. Export it first: POST /v1/trust-list/recovery/export.',
  'recovery-key-of-another-signer': 'This is the key of another signer of this service, not a recovery key.',
  'recovery-certificate-unlisted':
    'No trust list that was built here holds this certificate, so that phones would refuse all that it signs. If they know it from a service whose database is lost, say "override": true.',
  'recovery-belief-unknown':
    'The recovery key came from elsewhere, and whether phones believed what it signed cannot be seen by their fetches. Look at one of them, then say "override": true.',
  'recovery-certificate-not-self-signed':
    'The certificate of the recovery key must be signed by itself, as the exported one is. This one is of something else.',
  'recovery-certificate-missing':
    'The key file does not hold the certificate of its key, by which phones know it. Put it into the file, as it was exported.',
  'token-not-found': 'There is no token of this number.',
  'token-expiry-past': 'The token would have expired before it was made. Give a later time, or none.',
  'service-unavailable': 'The service cannot answer now; most likely its database is away. Try again soon.',
  'internal-error':
    'Something failed that nobody foresaw. Nothing was changed; the log of the service says what it was.',
} as const;

/** A code of {@link adminApiErrors}. */
export type AdminApiErrorCode = keyof typeof adminApiErrors;

/** A refusal of the admin API, by code. */
export class AdminApiError extends Error {
  override readonly name = 'AdminApiError';

  /** @param detail - what was met here, in words; never a secret */
  constructor(
    readonly code: AdminApiErrorCode,
    detail?: string,
    options?: ErrorOptions,
  ) {
    super(detail === undefined ? adminApiErrors[code] : `${adminApiErrors[code]} (${detail})`, options);
  }
}
