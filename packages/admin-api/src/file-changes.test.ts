import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestApi } from './testing/api.js';

test('whoever serves files is told of every call that may have changed them, and of no other', async () => {
  let told = 0;
  await using api = await TestApi.start({
    filesMayHaveChanged: () => {
      told += 1;
    },
  });
  const path = '/v1/devices/SEP001122334455';
  const calls = [
    { method: 'PUT', body: { encryptedConfiguration: true }, status: 201, tells: true },
    { method: 'GET', status: 200, tells: false },
    { method: 'PUT', body: { nonsense: true }, status: 400, tells: false },
    { method: 'PUT', body: {}, token: null, status: 401, tells: false },
    { method: 'DELETE', status: 204, tells: true },
  ] as const;
  for (const { method, status, tells, ...options } of calls) {
    told = 0;
    assert.equal((await api.call(method, path, options)).status, status);
    assert.equal(told > 0, tells, `${method} ${status}`);
  }
});

test('a call that may have changed files is answered after that was told', async () => {
  await using api = await TestApi.start({
    filesMayHaveChanged: () => {
      throw new Error('told');
    },
  });
  assert.equal((await api.call('PUT', '/v1/devices/SEP001122334455', { body: {} })).status, 500);
});
