import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Body, TestApi } from './testing/api.js';

describe('the description of the API', () => {
  let api: TestApi;
  let document: Body;
  before(async () => {
    api = await TestApi.start();
    document = (await api.call('GET', '/openapi.json', { token: null })).body;
  });
  after(async () => await api[Symbol.asyncDispose]());

  const object = (value: unknown): Body => {
    assert.ok(typeof value === 'object' && value !== null, String(value));
    return value as Body;
  };
  const calls = (): readonly (readonly [string, Body])[] =>
    Object.entries(object(document['paths'])).flatMap(([path, methods]) =>
      Object.entries(object(methods)).map(([method, call]) => [`${method} ${path}`, object(call)] as const),
    );

  it('is OpenAPI 3.1 and names every call', () => {
    assert.match(String(document['openapi']), /^3\.1\./);
    assert.deepEqual(
      calls()
        .map(([name]) => name)
        .sort(),
      [
        'delete /v1/authorities/{authority}',
        'delete /v1/capf-certificates/{id}',
        'delete /v1/configuration-templates/{template}',
        'delete /v1/devices/{name}',
        'delete /v1/devices/{name}/configuration',
        'delete /v1/devices/{name}/probe',
        'delete /v1/devices/{name}/symmetric-key',
        'delete /v1/lockouts',
        'delete /v1/lockouts/{id}',
        'delete /v1/security-profiles/{profile}',
        'delete /v1/tokens/{id}',
        'delete /v1/trust-certificates/{sha256}',
        'delete /v1/trust-list/entries/{id}',
        'delete /v1/trust-list/recovery/key',
        'delete /v1/trust-list/release',
        'delete /v1/trust-list/signers/{purpose}/staged',
        'get /v1/audit',
        'get /v1/authorities',
        'get /v1/authorities/{authority}',
        'get /v1/authorities/{authority}/certification-requests',
        'get /v1/authority-requests',
        'get /v1/authority-requests/{id}',
        'get /v1/authority-requests/{id}/certification-request',
        'get /v1/authority-requests/{id}/public-key',
        'get /v1/capf-certificate',
        'get /v1/capf-certificates',
        'get /v1/capf-certificates/{id}',
        'get /v1/certificates',
        'get /v1/configuration-templates',
        'get /v1/configuration-templates/{template}',
        'get /v1/devices',
        'get /v1/devices/{name}',
        'get /v1/devices/{name}/certificate',
        'get /v1/devices/{name}/certificates',
        'get /v1/devices/{name}/configuration',
        'get /v1/devices/{name}/configuration/report',
        'get /v1/devices/{name}/files',
        'get /v1/devices/{name}/probe',
        'get /v1/devices/{name}/sessions',
        'get /v1/devices/{name}/symmetric-key',
        'get /v1/lockouts',
        'get /v1/nodes',
        'get /v1/operations',
        'get /v1/operations/{id}',
        'get /v1/operations/{id}/authentication-string',
        'get /v1/security-profiles',
        'get /v1/security-profiles/{profile}',
        'get /v1/sessions',
        'get /v1/tokens',
        'get /v1/trust-bundle',
        'get /v1/trust-certificates',
        'get /v1/trust-certificates/{sha256}',
        'get /v1/trust-certificates/{sha256}/certificate',
        'get /v1/trust-list',
        'get /v1/trust-list/entries',
        'get /v1/trust-list/signers',
        'get /v1/trust-list/{kind}/file',
        'patch /v1/authorities/{authority}',
        'patch /v1/security-profiles/{profile}',
        'patch /v1/trust-certificates/{sha256}',
        'post /v1/authorities',
        'post /v1/authorities/{authority}/activate',
        'post /v1/authorities/{authority}/certificates',
        'post /v1/authorities/{authority}/certification-request',
        'post /v1/authorities/{authority}/default',
        'post /v1/authorities/{authority}/retire',
        'post /v1/authorities/{authority}/test',
        'post /v1/authority-requests/{id}/retry',
        'post /v1/capf-certificates',
        'post /v1/capf-certificates/{id}/activate',
        'post /v1/capf-certificates/{id}/certification-request',
        'post /v1/certificates/delete-stale',
        'post /v1/certificates/{id}/revoke',
        'post /v1/devices/{name}/forget-lsc',
        'post /v1/devices/{name}/operations',
        'post /v1/devices/{name}/probe',
        'post /v1/operations/{id}/cancel',
        'post /v1/security-profiles',
        'post /v1/tokens',
        'post /v1/trust-certificates',
        'post /v1/trust-list/entries',
        'post /v1/trust-list/recovery/begin',
        'post /v1/trust-list/recovery/end',
        'post /v1/trust-list/recovery/export',
        'post /v1/trust-list/recovery/replace',
        'post /v1/trust-list/signers/{purpose}/stage',
        'post /v1/trust-list/signers/{purpose}/switch',
        'put /v1/authorities/{authority}/certificate',
        'put /v1/capf-certificates/{id}/certificate',
        'put /v1/configuration-templates/{template}',
        'put /v1/devices/{name}',
        'put /v1/devices/{name}/certificate',
        'put /v1/devices/{name}/configuration',
        'put /v1/devices/{name}/symmetric-key',
        'put /v1/trust-list/ctl',
        'put /v1/trust-list/release',
      ],
    );
  });

  it('gives every call a summary, a token, and problem documents', () => {
    for (const [name, call] of calls()) {
      assert.ok(String(call['summary']).length > 0, name);
      assert.deepEqual(call['security'], [{ token: [] }], name);
      const responses = object(call['responses']);
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const content = object(object(response)['content']);
        assert.deepEqual(Object.keys(content), ['application/problem+json'], `${name} ${status}`);
      }
      for (const status of ['401', '403', '503']) assert.ok(status in responses, `${name} ${status}`);
    }
  });

  it('has a target for every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => String(target));
    assert.ok(references.length > 10);
    const schemas = object(object(document['components'])['schemas']);
    for (const target of references) {
      assert.ok((target.split('/').at(-1) ?? '') in schemas, target);
    }
  });

  it('has examples that its own schemas accept', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'api' });
    let examples = 0;
    for (const [name, schema] of Object.entries(object(object(document['components'])['schemas']))) {
      for (const example of (object(schema)['examples'] ?? []) as unknown[]) {
        examples += 1;
        const validate = ajv.getSchema(`api#/components/schemas/${name}`);
        assert.ok(validate !== undefined, name);
        assert.ok(validate(example), `${name}: ${JSON.stringify(validate.errors)}`);
        assert.equal(validate('neither'), false, `${name} accepts anything`);
      }
    }
    assert.ok(examples >= 12, `${examples} examples`);
  });

  it('has examples that the calls themselves take', async () => {
    const schemas = object(object(document['components'])['schemas']);
    const inputs = Object.entries(schemas).filter(([name]) => /^(DeviceSettings|NewOperation|NewToken)/.test(name));
    assert.ok(inputs.length >= 3);
    for (const [name, schema] of inputs) {
      for (const body of object(schema)['examples'] as unknown[]) {
        await api.call('PUT', '/v1/devices/SEP001122334455', { body: {} });
        const answer = name.startsWith('DeviceSettings')
          ? await api.call('PUT', '/v1/devices/SEP001122334455', { body })
          : name.startsWith('NewToken')
            ? await api.call('POST', '/v1/tokens', { body })
            : await api.call('POST', '/v1/devices/SEP001122334455/operations', {
                body: { ...object(body), replace: true },
              });
        assert.ok(answer.status < 300, `${name}: ${JSON.stringify(answer.body)}`);
      }
    }
  });
});
