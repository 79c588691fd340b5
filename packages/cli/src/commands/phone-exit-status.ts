import type { Outcome } from '@opencapf/phone';

/** Why the command ended as it did, for scripts. Stable. */
export const phoneExitStatus = {
  done: 0,
  thisMachine: 1,
  usage: 2,
  refused: 10,
  unknownDevice: 11,
  nothingPending: 12,
  connection: 13,
  tls: 14,
  protocol: 15,
  certificateRejected: 16,
  endedOtherwise: 17,
  notConfigured: 18,
  awaitsString: 19,
} as const;

const meanings: Readonly<Record<keyof typeof phoneExitStatus, string>> = {
  done: 'the phone installed, deleted or showed a certificate, as the server wanted',
  thisMachine: 'a fault of this machine, such as a directory that cannot be written',
  usage: 'an option is missing or wrong; no phone was started',
  refused: 'the server refused the phone (END_SESSION 7)',
  unknownDevice: 'the server does not know the device (END_SESSION 9)',
  nothingPending: 'no operation is pending, or a certificate was asked for that the phone does not have',
  connection: 'no connection, or it was lost or timed out before the session ended',
  tls: 'no TLS in common, or the server does not hold the CAPF certificate of --capf-cert',
  protocol: 'the server sent what is no legal CAPF',
  certificateRejected: 'the phone refused to store the certificate that it was sent',
  endedOtherwise: 'the server ended the session with another reason',
  notConfigured: 'the phone got no configuration that it believes and can use (boot)',
  awaitsString: 'a user must enter the authentication string (boot)',
};

/** The table of exit statuses, for --help. */
export const phoneExitStatusTable = (Object.keys(phoneExitStatus) as (keyof typeof phoneExitStatus)[])
  .map((name) => `  ${String(phoneExitStatus[name]).padStart(2)}  ${meanings[name]}`)
  .join('\n');

/** The exit status of an outcome. */
export function exitStatusOf({ kind }: Outcome): number {
  switch (kind) {
    case 'installed':
    case 'deleted':
    case 'fetched':
      return phoneExitStatus.done;
    case 'nothingPending':
    case 'nothingFetched':
      return phoneExitStatus.nothingPending;
    case 'refused':
      return phoneExitStatus.refused;
    case 'unknownDevice':
      return phoneExitStatus.unknownDevice;
    case 'ended':
      return phoneExitStatus.endedOtherwise;
    case 'storeRejected':
      return phoneExitStatus.certificateRejected;
    case 'connectionFault':
    case 'left':
      return phoneExitStatus.connection;
    case 'tlsFault':
      return phoneExitStatus.tls;
    case 'protocolFault':
      return phoneExitStatus.protocol;
    case 'notKept':
      return phoneExitStatus.thisMachine;
  }
}
