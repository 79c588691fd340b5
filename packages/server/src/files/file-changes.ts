import { type Database, listenOn } from '@opencapf/store';
import type { CacheLease, PhoneFiles } from '@opencapf/tftp';
import type { Logger } from '../log.js';

/** A device's files may say something else now; the payload is its name (docs/tftp-builder-contract.md). */
const deviceChanged = 'device_changed';
/** Something has changed that trust lists are made of, or who signs files; the payload is the table that holds it. */
const trustChanged = 'phone_files_changed';
const signers = 'file_signer';

/** How files hear of changes. */
export interface FileChanges {
  /** Whether changes are heard now; files are right also while they are not. */
  readonly heard: boolean;
  stop(): Promise<void>;
}

/**
 * Has files forgotten as Postgres says that what they were built from has changed, on whatever node, and holds the lease on those that
 * are kept as long as all such words are heard. Without it `PhoneFiles` asks.
 *
 * @param onTrust - hears of other trust lists and signers, and that some may have been missed
 */
export function followFileChanges(
  database: Database,
  files: PhoneFiles,
  lease: CacheLease,
  onTrust: () => void,
  log: Logger,
): FileChanges {
  let heard = false;
  let told = false;
  const listening = listenOn(database, [deviceChanged, trustChanged], {
    heard(channel, payload) {
      if (channel === deviceChanged) files.deviceChanged(payload);
      else {
        if (payload === signers) files.signersChanged();
        files.listsChanged();
        onTrust();
      }
    },
    listening() {
      heard = true;
      lease.begin({ hasHeard: async () => await listening.hasHeard() });
      onTrust();
      if (told) log.info('changes of files are heard of again');
      told = false;
    },
    deaf(err) {
      heard = false;
      lease.end();
      if (!told) log.warn({ err }, 'changes of files are not heard of: tftp.pem and sast.pem may be those of before');
      told = true;
    },
  });
  return {
    get heard() {
      return heard;
    },
    async stop() {
      lease.end();
      await listening.stop();
    },
  };
}
