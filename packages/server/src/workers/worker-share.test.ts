import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSettings } from '@opencapf/store';
import { workerShare } from './worker-share.js';

test('what bounds connections is shared among workers, none gets less than its part', () => {
  const settings = resolveSettings({ workers: 3, sessions: 10, unauthenticated: 9, sessionsPerAddress: 1 });
  const share = workerShare(settings);
  assert.deepEqual([share.sessions, share.unauthenticated, share.sessionsPerAddress], [4, 3, 1]);
  assert.equal(share.unauthenticatedPerProxy, settings.unauthenticatedPerProxy);
  assert.equal(share.keyGenerationTimeout, settings.keyGenerationTimeout);
});
