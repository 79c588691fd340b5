import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CapfIdentity } from '@opencapf/phone/testing';
import { type CertificateRecord, importPkcs8, readCertificate } from '@opencapf/pki';
import {
  createFileSigner,
  createHttpFileServer,
  type FileSigner,
  type FileSource,
  makeFileSigner,
  openTftpServer,
  type ServerEvents,
  type TrustRole,
  writeEncryptedFile,
  writeSignedFile,
  writeTrustList,
} from '@opencapf/tftp';

/** The phone that the source documents tell of. */
export const phoneName = 'SEPA45630BBFA40';

/** A signer of files whose key nobody else has. */
export async function newSigner(purpose: 'tftp' | 'sast'): Promise<FileSigner> {
  const { certificate, privateKey } = await makeFileSigner(purpose, {}, new Date());
  return createFileSigner(readCertificate(certificate), importPkcs8(Buffer.from(privateKey)));
}

/** What a partial or full file says of CAPF. */
export interface WrittenConfiguration {
  readonly full: boolean;
  readonly mode?: number;
  readonly certHash?: string;
  readonly encrypted?: boolean;
  /** Ports on loopback. */
  readonly capf?: readonly number[];
}

/** Servers of files on loopback, whose files a test writes by the writers of the product. */
export class BootSite implements AsyncDisposable {
  readonly files = new Map<string, Uint8Array>();
  /** What was asked for, in its order. */
  readonly asked: string[] = [];
  /** What was fetched to its end, with how. */
  readonly served: string[] = [];
  readonly #http: Server;
  #tftp: Awaited<ReturnType<typeof openTftpServer>> | undefined;
  readonly #source: FileSource = {
    find: async (name) => {
      this.asked.push(name);
      const bytes = this.files.get(name);
      return bytes === undefined ? { found: false, code: 'file-missing' } : { found: true, file: { name, bytes } };
    },
  };

  readonly #events: ServerEvents = {
    served: ({ name }, { transport }) => void this.served.push(`${transport} ${name}`),
    refused: () => {},
    failed: () => {},
  };

  private constructor(
    readonly sast: FileSigner,
    readonly tftp: FileSigner,
  ) {
    this.#http = createHttpFileServer(this.#source, this.#events, { patienceMs: 10_000, connections: 10 });
  }

  static async start(): Promise<BootSite> {
    const site = new BootSite(await newSigner('sast'), await newSigner('tftp'));
    await new Promise<void>((resolve) => site.#http.listen(0, '127.0.0.1', resolve));
    site.#tftp = await openTftpServer(site.#source, site.#events, {
      host: '127.0.0.1',
      port: 0,
      mostTransfers: 10,
      timeoutMs: 500,
    });
    return site;
  }

  place(transport: 'http' | 'tftp' = 'http') {
    const address = transport === 'http' ? (this.#http.address() as AddressInfo) : this.#tftp?.address;
    return { transport, host: '127.0.0.1', port: address?.port ?? 0 } as const;
  }

  /** Serves a trust list with the CAPF certificate, signed by the site's SAST signer or another one. */
  async serveList(
    capf: CapfIdentity | undefined,
    { sast = this.sast, tftp = this.tftp, also = [] as readonly FileSigner[] } = {},
  ) {
    const records: { role: TrustRole; certificate: CertificateRecord }[] = [
      { role: 'SAST', certificate: sast.certificate },
      ...also.map(({ certificate }) => ({ role: 'SAST' as const, certificate })),
      { role: 'TFTP', certificate: tftp.certificate },
      ...(capf === undefined ? [] : [{ role: 'CAPF' as const, certificate: capf.issuer.certificate }]),
    ];
    this.files.set('ITLFile.tlv', await writeTrustList('itl', records, { signer: sast, hash: 'sha1', at: new Date() }));
  }

  /** Serves the signed configuration. */
  async serveConfiguration(written: WrittenConfiguration, tftp = this.tftp): Promise<Uint8Array> {
    const content = Buffer.from(configurationXml(written));
    const fileName = `${phoneName}.cnf.xml.sgn`;
    this.files.set(fileName, await writeSignedFile(fileName, content, { signer: tftp, hash: 'sha1', at: new Date() }));
    return content;
  }

  /** Serves the encrypted configuration for a phone's certificate. */
  async serveEncrypted(content: Uint8Array, certificate: Uint8Array): Promise<void> {
    const fileName = `${phoneName}.cnf.xml.enc.sgn`;
    const { spki: phoneKey } = readCertificate(certificate);
    const options = {
      signer: this.tftp,
      hash: 'sha1',
      at: new Date(),
      phoneKey,
      random: (n: number) => randomBytes(n),
    } as const;
    this.files.set(fileName, await writeEncryptedFile(fileName, content, options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#http.close(resolve));
    await this.#tftp?.stop(0);
  }
}

export function configurationXml({
  full,
  mode = 0,
  certHash = '',
  encrypted = false,
  capf = [],
}: WrittenConfiguration) {
  const servers = capf.map(
    (port) => `<capf><phonePort>${port}</phonePort><processNodeName>127.0.0.1</processNodeName></capf>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<device><fullConfig>${full}</fullConfig><capfAuthMode>${mode}</capfAuthMode><capfList>${servers.join('')}</capfList>
<certHash>${certHash}</certHash><encrConfig>${encrypted}</encrConfig>${full ? '<sshPassword>secret</sshPassword>' : ''}</device>
`;
}
