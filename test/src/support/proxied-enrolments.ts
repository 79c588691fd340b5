import assert from 'node:assert/strict';
import { testDatabase } from '@opencapf/store/testing';
import { DatabaseProxy } from './database-proxy.js';
import { Enrolments } from './enrolments.js';

/** A service that reaches its database through a proxy, so that a test can do to the connection what networks do. */
export interface ProxiedEnrolments {
  readonly proxy: DatabaseProxy;
  readonly enrolments: Enrolments;
  /** Ends both, when the audit was found whole. */
  finish(): Promise<void>;
}

export async function proxiedEnrolments(): Promise<ProxiedEnrolments> {
  const test = await testDatabase();
  const proxy = await DatabaseProxy.start(test.url);
  const enrolments = await Enrolments.startOn(test, { DATABASE_URL: proxy.url });
  return {
    proxy,
    enrolments,
    async finish() {
      try {
        assert.deepEqual(await enrolments.auditFaults(), [], 'opencapf audit verify');
      } finally {
        await enrolments[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      }
    },
  };
}
