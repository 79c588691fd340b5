import type { TftpErrorCode } from '../errors.js';

/** How a file was asked for. */
export type Transport = 'http' | 'https' | 'tftp';

/** Who asks. */
export interface Peer {
  readonly transport: Transport;
  /** IP address, IPv4 not wrapped in IPv6. */
  readonly address: string;
  /** DER of the certificate that it showed over HTTPS, with a proof that it holds the key. Nobody has vouched for it. */
  readonly certificate?: Uint8Array;
}

/** A file that is served. */
export interface ServedFile {
  readonly name: string;
  readonly bytes: Uint8Array | LongFile;
  /** What to note when the phone has all of it; none for files that are no device's. */
  readonly fetched?: FetchedFile;
}

/** A file that is read piece by piece while it is sent: too long to be held for everybody who fetches slowly. */
export interface LongFile {
  /** Bytes. */
  readonly length: number;
  /** Rejects when it is no longer the file that was found. */
  open(): Promise<FileReading>;
}

/** A long file that is being read. */
export interface FileReading {
  /** Gives the bytes between two offsets. Rejects when the file has become shorter. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** To be called once by whoever opened it. */
  close(): void;
}

/** A fact to keep: who has which file in which version. */
export interface FetchedFile {
  readonly device: string;
  readonly file: DeviceFileKind;
  /** SHA-256 over what the file was built from, the first 16 hex digits. */
  readonly version: string;
  /** State of the device that a configuration was built from: the contract's `updated_at`. */
  readonly stateAt?: Date;
  /** What a configuration was built from beside its device: `siteVersions`. */
  readonly site?: string;
  /** Who signed a configuration: SHA-256 over the certificate, lower-case hex. */
  readonly signer?: string;
}

/** The files of a device that are kept track of; `configuration` is the full one, encrypted or not. */
export type DeviceFileKind = 'configuration' | 'partial' | 'itl' | 'ctl';

/** Why a file is not served: a reason for the log. Whoever asked learns only that it is not there, or, of `busy`, to ask again. */
export type FileRefusal =
  | 'name-malformed'
  | 'device-unknown'
  | 'configuration-missing'
  | 'encryption-on'
  | 'encryption-off'
  | 'certificate-unknown'
  | 'manual-key-layout-unknown'
  | 'trust-list-missing'
  | 'file-missing'
  | 'certificate-of-another-device'
  | 'busy'
  | TftpErrorCode;

/** A file that is not there, with the reason for the log. */
export class NotServed extends Error {
  override readonly name = 'NotServed';

  constructor(readonly code: FileRefusal) {
    super(code);
  }
}

/** What came of looking for a file. */
export type Found =
  | { readonly found: true; readonly file: ServedFile }
  | {
      readonly found: false;
      readonly code: FileRefusal;
      /** What exactly is in the way, for the log; without secrets. */
      readonly detail?: string;
    };

/** Finds files by their names; one and the same for all servers. */
export interface FileSource {
  /** Rejects when it cannot be found out now, as while the database is away. */
  find(name: string, peer: Peer): Promise<Found>;
}

/** What servers tell. */
export interface ServerEvents {
  /**
   * The phone has all of it, as far as that can be known: by TFTP it said so; by HTTP all of it has left, and the connection was used
   * again or closed in order after that.
   */
  served(file: ServedFile, peer: Peer): void;
  /**
   * @param name - as it was asked for, cut to what a log line may hold
   * @param detail - what exactly is in the way, where more is known than the code says
   */
  refused(code: string, name: string, peer: Peer, detail?: string): void;
  /** Something of ours failed. */
  failed(err: unknown, name: string, peer: Peer): void;
}

/** A name as a line of a log may hold it. */
export function nameForLog(name: string): string {
  return name.slice(0, 128).replaceAll(/[^\x20-\x7e]/g, '?');
}

/** An address without the wrapping that a dual-stack socket gives IPv4. */
export function plainAddress(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
