import type { CertificateRecord } from '@opencapf/pki';
import type { Clock } from '../clock.js';
import { type Enrollment, enroll } from '../enroll.js';
import type { PhoneIdentity } from '../identity.js';
import { asPhonesDo } from '../persistence.js';
import { createPhoneTls } from '../phone-tls.js';
import { wait } from '../wait.js';
import type { BootKeeper } from './boot-directory.js';
import type { BootOptions } from './boot-options.js';
import type { CapfCredential, CapfReason } from './decision.js';
import type { ConfiguredCapf } from './phone-configuration.js';
import type { BootStep } from './trace.js';

/** A phone that goes to CAPF while it boots. */
export interface CapfVisits {
  /** In the order in which they are tried; at least one. */
  readonly servers: readonly ConfiguredCapf[];
  /** What a server must hold. */
  readonly certificates: readonly CertificateRecord[];
  readonly reason: CapfReason;
  readonly credential: CapfCredential;
  readonly identity: PhoneIdentity;
  readonly boot: BootOptions;
  readonly keeper: BootKeeper;
  readonly clock: Clock;
  readonly note: (step: BootStep) => void;
}

/**
 * Tries each server in turn; one that cannot be reached, loses the connection or does not answer in time makes the phone try the
 * next one, any other failure ends the attempt (phone-behaviour.md, "Where to"). When none could be had it comes again, with all that
 * it holds.
 */
export async function visitCapf(visits: CapfVisits): Promise<{ readonly enrollment: Enrollment }> {
  const { servers, boot, clock, note } = visits;
  const { times, pauseMs } = boot.persistence ?? asPhonesDo;
  let { identity } = visits;
  let last: Enrollment | undefined;
  for (let attempt = 0; attempt <= times; attempt += 1) {
    if (attempt > 0) {
      note({ step: 'pause', milliseconds: pauseMs });
      await wait(pauseMs, clock, boot.signal);
    }
    for (const server of servers) {
      if (last !== undefined && boot.signal?.aborted) return { enrollment: last };
      last = await visit(visits, server, identity);
      ({ identity } = last);
      const { outcome, endReason } = last;
      note({
        step: 'capf',
        server: `${server.host}:${server.port}`,
        outcome: outcome.kind,
        ...('fault' in outcome ? { code: outcome.fault.code } : {}),
        ...(endReason === undefined ? {} : { endReason }),
      });
      if (outcome.kind !== 'connectionFault') return { enrollment: last };
    }
  }
  if (last === undefined) throw new TypeError('a phone goes to one CAPF server at least');
  return { enrollment: last };
}

async function visit(
  { certificates, reason, credential, boot, keeper, clock }: CapfVisits,
  { host, port }: ConfiguredCapf,
  identity: PhoneIdentity,
): Promise<Enrollment> {
  return await enroll({
    host,
    port,
    name: boot.name,
    authString: credential.by === 'authenticationString' ? credential.authString : undefined,
    proof: credential.by === 'existingCertificate' ? { by: credential.order } : undefined,
    identity,
    tls: createPhoneTls({ servers: certificates, trust: boot.lscIssuers }),
    // The key that it compares hashes with is the one that it has CAPF record. Asked on behalf of an operation, it shows its LSC or says that
    // it has none, as known clients do (vectors.json, fetch-absent).
    showsMic: reason !== 'manualSession',
    timeoutMs: boot.timeoutMs,
    clock,
    signal: boot.signal,
    keep: (kept) => keeper.keepIdentity(kept),
    keepKey: (key) => keeper.keepRequestedKey(key),
  });
}
