import assert from 'node:assert/strict';
import { it } from 'node:test';
import { adminApiErrors } from '@opencapf/admin-api';
import { inOwnWords } from './own-words.js';

it('the command line names its own options and commands where the service names those of trust lists over REST', () => {
  assert.match(inOwnWords(adminApiErrors['trust-list-not-fetched']), /or say --override to go on/);
  assert.match(inOwnWords(adminApiErrors['trust-list-released']), /first: "opencapf itl take-back"\.$/);
  for (const [code, text] of Object.entries(adminApiErrors)) {
    assert.doesNotMatch(inOwnWords(text), /v1\/trust-list|"override"|"confirmed"/, code);
  }
});
