import { createHash } from 'node:crypto';
import type { FileHash } from '../format/algorithms.js';
import type { FileSigner } from '../writers/file-signer.js';
import type { LayoutName } from '../writers/layout.js';

/** What is the same for all devices of a site, as settings say it. */
export interface FileSiteSettings {
  readonly hash: FileHash;
  readonly layout: LayoutName;
  /** `OPENCAPF_CAPF_SERVERS`; undefined leaves the list of each file. */
  readonly capfServers: readonly string[] | undefined;
  /** The ports of CAPF servers that none is given for: of phones, and of those with old TLS where they have one of their own. */
  readonly capfPorts: { readonly capf: number; readonly legacy: number | undefined };
}

/** What is the same for all devices of a site. */
export interface FileSite extends FileSiteSettings {
  readonly signer: () => Promise<FileSigner>;
  /** Gives so many random bytes. */
  readonly random: (size: number) => Uint8Array;
  readonly now: () => Date;
}

/** What a change of settings changes: plain files by the first, signed ones by the second. */
export function siteVersions({ hash, layout, capfServers, capfPorts: { capf, legacy } }: FileSiteSettings): {
  readonly plain: string;
  readonly signed: string;
} {
  const servers = JSON.stringify([capfServers ?? null, capf, legacy ?? null]);
  return { plain: versionOf([servers]), signed: versionOf([servers, hash, layout]) };
}

/** SHA-256 over what a file is built from, the first 16 hex digits. */
export function versionOf(from: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of from) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}
