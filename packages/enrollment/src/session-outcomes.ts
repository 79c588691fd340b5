/** How a session can end, by code, with what an administrator should make of it. */
export const sessionOutcomes = {
  installed: 'The phone stored the LSC that it was sent.',
  deleted: 'The phone has no LSC any more.',
  troubleshot: 'The phone showed its certificate; the operation holds what was found.',
  probed:
    'What an administrator wanted to be tried with the phone was tried, and nothing on record changed. GET /v1/devices/{name}/probe has the evidence.',
  'nothing-pending': 'Nothing was queued for the phone.',
  'key-confirmed': 'Nothing was queued; what the phone showed is what is on record.',
  'key-recorded': 'Nothing was queued; the phone showed an LSC that is shown to the configuration builder from now on.',
  'lsc-gone':
    'Nothing was queued; the phone says that it has no LSC although one is on record. Queue an install to give it a new one.',
  'key-refused': 'Nothing was queued; what the phone showed was not recorded. The reason says why.',
  'key-changes-too-many':
    'Nothing was queued; the phone changed its mind about its certificate too often in a day. Somebody may be playing its part.',
  'device-unknown': 'No device has this name. Add it, or find out who knocks.',
  'capf-version-unsupported': 'The phone speaks a version of CAPF that is neither 2 nor 3.',
  'authentication-string-wrong':
    'The phone gave another authentication string than was queued. Correct it on the phone, or queue the operation again with a new one.',
  'authentication-string-missing':
    'The phone gave no authentication string. Enter it on the phone: it does not start on its own.',
  'authentication-string-spent':
    'Too many wrong authentication strings were given for this operation: no further one is looked at. Queue it again, with a new string.',
  'address-refused-for-device':
    'Too many wrong authentication strings were given from this address for this device: none from there is looked at for a while. The lockouts say until when, and can be cleared.',
  'address-refused':
    'Wrong authentication strings were given from this address for too many devices: none from there is looked at for a while. The lockouts say until when, and can be cleared.',
  'address-not-allowed':
    'The operation by null string is for other networks than the phone came from. Queue it again with the networks that are meant.',
  'proof-missing':
    'The phone was to prove itself by certificate and showed none. Has it a certificate at all? If not, queue the operation by authentication string.',
  'certificate-refused':
    'The certificate that the phone showed is not believed. The reason says which check it failed.',
  'signature-refused':
    'The phone did not prove that it holds the key of its certificate. Somebody else may be showing the certificate.',
  'sudi-missing':
    'The phone showed no SUDI proof, which is demanded of it: OPENCAPF_REQUIRE_SUDI says so, or it has shown one before. Somebody may be repeating a proof that was overheard.',
  'sudi-refused': 'The SUDI proof of the phone does not hold. The reason says which check it failed.',
  'precedence-refused':
    'The phone proved itself, but by another certificate than goes with what is on record, and OPENCAPF_STRICT_PRECEDENCE is on. The reason says what to do.',
  'record-changed': 'What is on record about the phone changed while it proved itself. The phone will try again.',
  'operation-failed': 'The operation failed; it says why.',
  'key-generation-failed': 'The phone could not make its key. The operation waits for another attempt.',
  'certificate-not-stored': 'The phone did not store the certificate. The operation waits for another attempt.',
  'certificate-not-deleted': 'The phone did not delete its certificate. The operation waits for another attempt.',
  'waiting-for-authority':
    'The certificate authority has not answered yet. The operation waits for it, and then for the phone, which comes back for its certificate.',
  'authority-unusable':
    'The certificate authority that is to issue for the device cannot be used; the reason says why. The operation waits for another attempt.',
  'certificate-request-lost':
    'Nobody can say what came of the request to the certificate authority: it was given up. The phone will try again, and is asked for a new key.',
  'phone-left': 'The phone closed the connection. The operation waits for another attempt.',
  'phone-gave-up': 'The phone ended the session by itself. The operation waits for another attempt.',
  'phone-spoke-wrongly':
    'The phone sent something that CAPF does not allow here; the reason says what. An operation waits for another attempt.',
  'deadline-passed': 'The phone did not answer in time. The operation waits for another attempt.',
  'connection-dropped':
    'Too many connections had not authenticated, and this was the oldest of them: it made room. The phone will try again. See OPENCAPF_UNAUTHENTICATED.',
  'sessions-full': 'The service serves as many phones as it may. The phone will try again. See OPENCAPF_SESSIONS.',
  'session-superseded': 'A newer session of the same phone took over.',
  'operation-gone': 'The operation was cancelled or replaced while the phone came. The phone will try again.',
  'service-stopped': 'The service was stopped. The phone will try again.',
  'service-lost': 'The node that served the session is gone. The phone will try again.',
  'service-fault': 'A fault of the service ended the session, see its log. The phone will try again.',
} as const;

/** The closed union of the codes of {@link sessionOutcomes}. */
export type SessionOutcome = keyof typeof sessionOutcomes;

/**
 * Why an operation did not succeed, by code, beside the codes `public-key-*` of refused keys. One that waits for another
 * attempt bears the code of the session's outcome instead.
 */
export const operationFailures = {
  'phone-version-too-old':
    'The phone speaks version 2 of CAPF, which knows installs of RSA keys only. Queue an install with the key order RSA Only or EC Preferred, RSA Backup.',
  'authentication-string-spent':
    'Wrong authentication strings were given so often that this one can be taken for guessed. Queue the operation again, with a new string.',
  'public-key-of-another-device':
    'The public key that the phone made is on record for another device: a copied or a badly made key. Reset the phone to its factory settings and queue again.',
  'certificate-revoked':
    'The LSC for the key that the phone made was revoked, or deleted as stale, before the phone had stored it. Queue the operation again.',
  'authority-pending': 'The certificate authority decides in its own time. It is asked again later.',
  'authority-by-hand':
    'The request waits to be brought to the certificate authority by hand: download it, and upload the certificate that comes of it.',
  'authority-denied': 'The certificate authority refuses to issue the certificate.',
  'certificate-ready': 'The certificate authority has issued the certificate, and the phone is to fetch it.',
  'certificate-request-lost':
    'Nobody can say what came of the request to the certificate authority: it was given up, and the phone is asked for a new key.',
  'certificate-request-ended':
    'The phone made a key again that the certificate authority was asked about before, to no avail. No key is asked about twice: reset the phone, and queue the operation again.',
  'certificate-not-in-phone': 'The phone has no certificate to show.',
  'certificate-fetch-failed': 'The phone did not show its certificate.',
  'certificate-shown-unreadable': 'What the phone showed is no readable certificate.',
  'operation-expired': 'No session completed the operation by its time. Queue it again.',
  'operation-cancelled': 'An administrator cancelled or replaced the operation, or deleted the device.',
} as const;

/** The closed union of the codes of {@link operationFailures}. */
export type OperationFailureCode = keyof typeof operationFailures;
