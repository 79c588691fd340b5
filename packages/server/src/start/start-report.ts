import type { AddressInfo } from 'node:net';
import { addressText } from '../sockets/listen.js';

/** Tells the person who typed the command what was made, where to connect, and what to type next. */
export interface StartReport {
  /** Something made once, on this start. */
  made(what: string): void;
  /** The one place where a generated token is ever shown. */
  token(token: string): void;
  ready(listening: ListeningPlaces): void;
}

/** What a started service offers. */
export interface ListeningPlaces {
  readonly version: string;
  readonly database: string;
  readonly capf: AddressInfo;
  /** Where old phones are met, from TLS 1.0 on, where they have a port of their own. */
  readonly legacy: AddressInfo | undefined;
  /** Where phones' files are served; undefined where they are not. */
  readonly files:
    | {
        readonly http: AddressInfo;
        readonly https: AddressInfo | undefined;
        readonly tftp: AddressInfo | undefined;
      }
    | undefined;
  /** Base URL of the admin API. */
  readonly admin: string;
  /** Path of `capf.pem`. */
  readonly capfCertificate: string;
}

/** The report on a terminal or in a file, a fact a line. */
export function startReport(write: (text: string) => void): StartReport {
  return {
    made: (what) => write(fact('made', what)),
    token: (token) => write(fact('token', `${token}   (the administrator's; shown only this once, keep it)`)),
    ready({ version, database, capf, legacy, files, admin, capfCertificate }) {
      const trust = admin.startsWith('https:') ? `--cacert ${quoted(capfCertificate)} ` : '';
      write(
        [
          `OpenCAPF ${version} is ready\n`,
          fact('phones', `TLS ${addressText(capf)}`),
          ...(legacy === undefined ? [] : [fact('', `TLS ${addressText(legacy)}, from TLS 1.0 on`)]),
          ...(files === undefined ? [] : [fact('files', `HTTP ${addressText(files.http)}`)]),
          ...(files?.https === undefined ? [] : [fact('', `HTTPS ${addressText(files.https)}`)]),
          ...(files?.tftp === undefined ? [] : [fact('', `TFTP ${addressText(files.tftp)}`)]),
          fact('admin', admin),
          fact('database', database),
          'Next, in another terminal:\n',
          `  curl ${trust}${admin}/readyz\n`,
        ].join(''),
      );
    },
  };
}

function fact(label: string, text: string): string {
  return `  ${label.padEnd(9)}${text}\n`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
