import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { fromPem } from '@opencapf/pki';
import type { Administrator } from '../support/administrator.js';
import type { Enrolments } from '../support/enrolments.js';
import { type RehearsalPhone, sha256Of } from './rehearsal-phone.js';

interface OnRecord {
  readonly name: string;
  readonly gone: boolean;
  /** SHA-256 of the LSC that call control believes in, lower-case hex. */
  readonly installed: string | null;
  /** Of each that was issued and neither revoked nor deleted, the newest last. */
  readonly issued: readonly string[];
}

/** Looks whether every phone has a certificate that whoever goes by the trust bundle believes. */
export class RehearsalWatch {
  looks = 0;
  /** How often a phone was found ahead of the record: it had stored what the service had not heard of. */
  ahead = 0;

  constructor(
    readonly enrolments: Enrolments,
    readonly administrator: Administrator,
    readonly phones: readonly RehearsalPhone[],
  ) {}

  /** Fails with whatever phone is without a usable certificate, or not as the record has it. */
  async look(): Promise<void> {
    const before = new Map(this.phones.map((phone) => [phone.name, phone.lsc]));
    const bundle = readBundle(await this.administrator.trustBundle());
    const records = new Map((await this.#records()).map((record) => [record.name, record]));
    for (const phone of this.phones) {
      const lsc = before.get(phone.name) ?? assert.fail(`${phone.name} has no LSC`);
      const record = records.get(phone.name) ?? assert.fail(`${phone.name} is not on record`);
      assert.ok(isUsable(lsc, bundle), `${phone.name}: nobody in the trust bundle vouches for its LSC`);
      this.#compare(phone, sha256Of(lsc), record);
    }
    this.looks += 1;
  }

  /** What the phone had before the record was read, and whatever it came to hold since. */
  #compare(phone: RehearsalPhone, had: string, { gone, installed, issued }: OnRecord): void {
    assert.equal(gone, false, `${phone.name}: its LSC is noted as gone`);
    assert.ok(installed !== null, `${phone.name}: the record shows no LSC`);
    assert.ok(phone.held.includes(installed), `${phone.name}: the record shows an LSC that it never stored`);
    assert.ok(issued.includes(had), `${phone.name}: its LSC is not one that was issued to it and stands`);
    if (installed === had || phone.held.at(-1) !== had) return;
    assert.ok(issued.indexOf(had) > issued.indexOf(installed), `${phone.name}: it has an older LSC than the record`);
    this.ahead += 1;
  }

  async #records(): Promise<readonly OnRecord[]> {
    return await this.enrolments.rows<OnRecord>(`
      select d.name, d.lsc_gone_at is not null as gone, encode(l.der_sha256, 'hex') as installed,
        array(select encode(c.der_sha256, 'hex') from opencapf_private.certificate c where c.device_id = d.id
          and c.type = 'LSC' and c.der is not null and c.revoked_at is null and c.deleted_at is null order by c.id) as issued
      from opencapf_private.device d left join opencapf_private.certificate l on l.id = d.lsc_certificate_id`);
  }
}

function readBundle(pem: string): readonly X509Certificate[] {
  return fromPem('CERTIFICATE', pem).map((der) => new X509Certificate(der));
}

function isUsable(lsc: X509Certificate, bundle: readonly X509Certificate[]): boolean {
  const now = Date.now();
  const inTime = Date.parse(lsc.validFrom) <= now && now < Date.parse(lsc.validTo);
  return inTime && bundle.some((issuer) => lsc.checkIssued(issuer) && lsc.verify(issuer.publicKey));
}
