import { checkDeviceBinding, PkiError, readCertificate } from '@opencapf/pki';
import { type RequestedFile, readFileName } from './file-names.js';
import type { PhoneFiles } from './phone-files.js';
import type { FileSource, Found, Peer } from './served-file.js';

/** Where files that go over HTTPS come from. */
export interface UnsignedFilesOptions {
  readonly files: PhoneFiles;
  /** The LSC that a device shows itself by now, DER, as it is on record and within its dates; undefined: it has none. */
  readonly lscOf: (device: string) => Promise<Uint8Array | undefined>;
}

/**
 * The files as phones want them over HTTPS: under the same names, without signatures (tftp-file-formats.md, section 8). The server is
 * vouched for by the trust list, and nothing is encrypted a second time: the full configuration of a device with encryption on goes to
 * who has shown the device's LSC. Whoever shows nothing is given what he would have over HTTP.
 */
export class UnsignedFiles implements FileSource {
  readonly #options: UnsignedFilesOptions;

  constructor(options: UnsignedFilesOptions) {
    this.#options = options;
  }

  async find(name: string, peer: Peer): Promise<Found> {
    const { files } = this.#options;
    const requested = readFileName(name);
    switch (requested?.kind) {
      case 'configuration':
        return await this.#configuration(name, requested, peer);
      case 'static':
        return await files.findUnsigned(requested.path);
      default:
        return await files.find(name);
    }
  }

  async #configuration(
    name: string,
    { device, form }: Extract<RequestedFile, { kind: 'configuration' }>,
    { certificate }: Peer,
  ): Promise<Found> {
    const { files } = this.#options;
    if (certificate !== undefined && isOfAnother(certificate, device)) {
      return { found: false, code: 'certificate-of-another-device' };
    }
    if (form === 'plain') return await files.find(name);
    if (form === 'encrypted') return { found: false, code: 'file-missing' };
    return await files.findConfiguration(device, (await this.#isHolder(certificate, device)) ? 'full' : 'unsigned');
  }

  /**
   * Whether whoever asks holds the key of the device's LSC. It must be the one on record, octet for octet: that decides, not who has
   * issued it. A certificate of before, an expired one and a MIC count as none, since these phones need the partial file to find to CAPF.
   */
  async #isHolder(certificate: Uint8Array | undefined, device: string): Promise<boolean> {
    if (certificate === undefined) return false;
    const lsc = await this.#options.lscOf(device);
    return lsc !== undefined && Buffer.from(lsc).equals(certificate);
  }
}

/** Whether a certificate names another device; one that is not readable names nobody. */
function isOfAnother(der: Uint8Array, device: string): boolean {
  try {
    const binding = checkDeviceBinding(readCertificate(der), 'mic', device);
    return !binding.ok && binding.code === 'binding-other-device';
  } catch (fault) {
    if (fault instanceof PkiError) return false;
    throw fault;
  }
}
