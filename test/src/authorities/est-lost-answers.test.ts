import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateAuthority } from '@opencapf/authority';
import { generateKeyPair } from '@opencapf/pki';
import { type EstHarness, type EstHarnessSettings, estHarness } from './est-harness.js';

const expectedKey = { kind: 'ec', size: 256 } as const;
const unsigned = { configuration: { proofOfPossession: 'none' }, server: { acceptUnsigned: true } } as const;

/** Asks, is told that the decision is pending, and asks again, of which the answer is lost after the certificate was made. */
async function loseAnswerToPoll(settings: EstHarnessSettings, what: (opened: Opened) => Promise<void>): Promise<void> {
  await using harness = await estHarness(settings);
  const authority = await harness.open();
  const { spki } = await generateKeyPair(expectedKey);
  const deviceName = 'SEP001122334455';
  const prepared = await authority.prepare({ deviceName, spki, expectedKey, now: new Date() });
  harness.server.mode = 'pendThenIssue';
  assert.equal((await authority.issue(prepared)).state, 'pending');
  harness.server.mode = 'loseAnswer';
  const poll = async () => (await authority.poll?.(prepared, 'simpleenroll'))?.state;
  await what({ harness, authority, poll });
  await authority.close?.();
}

interface Opened {
  readonly harness: EstHarness;
  readonly authority: CertificateAuthority;
  readonly poll: () => Promise<string | undefined>;
}

describe('a lost answer of an EST authority to a request that was pending', () => {
  it('is not asked for again: the request is given up', async () => {
    await loseAnswerToPoll(unsigned, async ({ harness, authority, poll }) => {
      assert.equal(await poll(), 'unknown');
      assert.equal(authority.reconcile, undefined);
      assert.equal(harness.ca.certified.length, 1);
    });
  });

  it('is asked for again where that is known to be safe', async () => {
    const configuration = { ...unsigned.configuration, repeatIsSafe: true };
    await loseAnswerToPoll(
      { configuration, server: { ...unsigned.server, remembers: true } },
      async ({ harness, poll }) => {
        await assert.rejects(poll(), { code: 'authority-answer-lost', consequence: 'reconcile' });
        harness.server.mode = 'issue';
        assert.equal(await poll(), 'issued');
        assert.deepEqual(harness.ca.certifiedTwice(), []);
      },
    );
  });
});
