import { AuthorityError, type OpenedAuthority } from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import { type AuthorityRecord, type Database, readAuthorityRecord, type SecretKey, StoreError } from '@opencapf/store';
import { EnrollmentError } from './errors.js';
import type { EventLog } from './event-log.js';

/** An authority as it stands on record, open. */
export interface KnownAuthority extends OpenedAuthority {
  /** Under which the store knows it. */
  readonly id: number;
  readonly name: string;
  readonly state: AuthorityRecord['state'];
}

/** Makes an authority of its record. */
export type OpenAuthority = (record: AuthorityRecord) => Promise<OpenedAuthority>;

/** What the authorities of a node are opened with. */
export interface AuthoritiesOptions {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly open: OpenAuthority;
  readonly log: EventLog;
}

interface Kept {
  /** What the store said when it was last compared. */
  version: number;
  readonly record: AuthorityRecord;
  readonly known: KnownAuthority;
  /** Calls under way. */
  uses: number;
  replaced: boolean;
}

/**
 * The authorities of this node, by the issuer's number: opened when they are first needed, and anew when their record has
 * changed. An old one is closed when its calls are over.
 */
export class Authorities {
  readonly #options: AuthoritiesOptions;
  readonly #kept = new Map<number, Kept>();
  readonly #opening = new Map<number, Promise<Kept>>();
  /** Records whose PIN a token did not take: with each further try it would come nearer to locking itself. */
  readonly #refused = new Map<number, { readonly record: AuthorityRecord; readonly fault: EnrollmentError }>();

  constructor(options: AuthoritiesOptions) {
    this.#options = options;
  }

  /**
   * The authority of an issuer, whatever its state.
   *
   * @param version - As `KnownDevice` has it: with the one that is known nothing is read.
   * @throws EnrollmentError `authority-unusable`
   */
  async of(issuer: number, version: number): Promise<KnownAuthority> {
    return (await this.#current(issuer, version)).known;
  }

  /** As {@link of}; the authority is not closed before `work` is done. */
  async use<T>(issuer: number, version: number, work: (known: KnownAuthority) => Promise<T>): Promise<T> {
    const kept = await this.#current(issuer, version);
    kept.uses += 1;
    try {
      return await work(kept.known);
    } finally {
      kept.uses -= 1;
      this.#closeUnused(kept);
    }
  }

  /** Closes all of them; calls under way reject. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(async ({ known }) => await this.#close(known)));
  }

  async #current(issuer: number, version: number): Promise<Kept> {
    const kept = this.#kept.get(issuer);
    // One that was read later than the version that is asked for is newer still.
    if (kept !== undefined && kept.version >= version) return kept;
    const underWay = this.#opening.get(issuer) ?? this.#renew(issuer, version);
    this.#opening.set(issuer, underWay);
    const renewed = await underWay.finally(() => this.#opening.delete(issuer));
    return renewed.version >= version ? renewed : await this.#current(issuer, version);
  }

  async #renew(issuer: number, version: number): Promise<Kept> {
    const before = this.#kept.get(issuer);
    const record = await this.#read(issuer);
    if (before !== undefined && sameRecord(before.record, record)) {
      before.version = version;
      return before;
    }
    const { id, name, state } = record;
    const opened = await this.#open(record);
    const kept: Kept = { version, record, known: { id, name, state, ...opened }, uses: 0, replaced: false };
    this.#kept.set(issuer, kept);
    if (before !== undefined) {
      before.replaced = true;
      this.#closeUnused(before);
    }
    return kept;
  }

  async #read(issuer: number): Promise<AuthorityRecord> {
    const { database, secretKey } = this.#options;
    try {
      const record = await readAuthorityRecord(database, secretKey, issuer);
      if (record !== undefined) return record;
    } catch (cause) {
      if (!(cause instanceof StoreError) || cause.code === 'database-lost') throw cause;
      throw new EnrollmentError('authority-unusable', cause.message, { cause });
    }
    throw new EnrollmentError('authority-unusable', 'There is none of this number.');
  }

  async #open(record: AuthorityRecord): Promise<OpenedAuthority> {
    const refused = this.#refused.get(record.id);
    if (refused !== undefined && sameRecord(refused.record, record)) throw refused.fault;
    this.#refused.delete(record.id);
    try {
      return await this.#options.open(record);
    } catch (cause) {
      if (!(cause instanceof AuthorityError) && !(cause instanceof PkiError)) throw cause;
      const fault = new EnrollmentError('authority-unusable', `${record.name}: ${cause.message}`, { cause });
      if (cause.cause instanceof PkiError && cause.cause.code === 'hsm-token-pin-refused') {
        this.#refused.set(record.id, { record, fault });
      }
      throw fault;
    }
  }

  #closeUnused({ known, uses, replaced }: Kept): void {
    if (replaced && uses === 0) void this.#close(known);
  }

  async #close({ name, authority }: KnownAuthority): Promise<void> {
    try {
      await authority.close?.();
    } catch (err) {
      this.#options.log.warn({ err, authority: name }, 'a certificate authority could not be closed');
    }
  }
}

function sameRecord(one: AuthorityRecord, other: AuthorityRecord): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
