import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { documents, recordedFigures } from './document.js';

describe('docs/performance.md', () => {
  it('shows the figures of docs/performance.json, as its plot does', () => {
    for (const { path, content } of documents(recordedFigures())) assert.equal(readFileSync(path, 'utf8'), content);
  });
});
