import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { AuthorityError, type CertificateAuthority, type CheckStep, type IssueOutcome } from '@opencapf/authority';
import { generateKeyPair, type KeyType } from '@opencapf/pki';

const expectedKey: KeyType = { kind: 'ec', size: 256 };

/** Asks once for a certificate, with a new key. */
export async function askForCertificate(
  authority: CertificateAuthority,
  deviceName = 'SEP001122334455',
): Promise<IssueOutcome> {
  const { spki, privateKey } = await generateKeyPair(expectedKey);
  const proveKey = async (info: Uint8Array) => sign('sha256', info, privateKey);
  return await authority.issue(await authority.prepare({ deviceName, spki, expectedKey, now: new Date(), proveKey }));
}

/** What asking fails with; its words must hold none of the secrets. Closes the authority. */
export async function refusalOf(
  authority: CertificateAuthority,
  ...secrets: readonly string[]
): Promise<AuthorityError> {
  try {
    const outcome = await askForCertificate(authority);
    throw new Error(`It did not fail: it is ${outcome.state}.`);
  } catch (fault) {
    if (!(fault instanceof AuthorityError)) throw fault;
    for (const secret of secrets) assert.ok(!fault.message.includes(secret), fault.message);
    return fault;
  } finally {
    await authority.close?.();
  }
}

/** The steps of a dry run. Closes the authority. */
export async function dryRun(authority: CertificateAuthority): Promise<readonly CheckStep[]> {
  const steps: CheckStep[] = [];
  try {
    for await (const step of authority.check?.() ?? []) steps.push(step);
  } finally {
    await authority.close?.();
  }
  return steps;
}

/** Names and outcomes of steps, without port numbers. */
export function outline(steps: readonly CheckStep[]): readonly string[] {
  return steps.map(({ name, outcome }) => `${name.replace(/:\d+$/, '')}: ${outcome}`);
}
