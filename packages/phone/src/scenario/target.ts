import type { CapfTrust } from '../capf-trust.js';

/** An answer of the admin API. */
export interface AdminAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Parsed JSON, or the text as it came. */
  readonly body: unknown;
}

/** A row of the relation that configuration builders read (docs/tftp-builder-contract.md). */
export interface DeviceRow {
  /** Lower-case hex. */
  readonly md5hash: string | null;
  readonly publicKeyMd5: string | null;
  readonly certificateType: string | null;
  readonly resetRequired: boolean;
}

/** The service that scenarios are run against. */
export interface ScenarioTarget {
  /** Where phones knock. */
  readonly capf: { readonly host: string; readonly port: number };
  /** What phones trust. */
  readonly trust: CapfTrust;
  /** Calls the admin API as an administrator. Rejects when there is no answer. */
  request(
    method: string,
    path: string,
    body?: { readonly type: string; readonly content: string },
  ): Promise<AdminAnswer>;
  /** Reads the relation in SQL, as a builder does; absent where its database cannot be reached from here. */
  readonly readRow?: ((device: string) => Promise<DeviceRow | undefined>) | undefined;
}
