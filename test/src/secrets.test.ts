import assert from 'node:assert/strict';
import { createPrivateKey, randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createPhoneTls, enroll, readCapfTrust } from '@opencapf/phone';
import { createIssuerCertificate, createSigner, generateKeyPair, toPem } from '@opencapf/pki';
import { loadOrCreateIdentity, SecretKey } from '@opencapf/store';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { openServiceClient, type ServiceClient } from 'opencapf/service-client';
import { FakeCa } from './authorities/fake-ca.js';
import { type ListeningAt, ServiceProcess, temporaryDirectory } from './support/service-process.js';

/** Every way in which bytes would stand in a text: as they are, in hexadecimal, in base64 at each alignment. */
function formsOf(secret: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return text.slice(offset + 1, text.length - 4);
  });
  const base64 = aligned.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
  const hex = bytes.toString('hex');
  return [...(typeof secret === 'string' ? [secret] : []), hex, hex.toUpperCase(), ...base64];
}

function digits(): string {
  return Array.from({ length: 10 }, () => randomInt(10)).join('');
}

class Site {
  /** What was planted or made, by what it is. */
  readonly secrets = new Map<string, string | Uint8Array>();

  constructor(
    readonly at: ListeningAt,
    readonly administrator: ServiceClient,
  ) {}

  plant<Secret extends string | Uint8Array>(what: string, secret: Secret): Secret {
    this.secrets.set(what, secret);
    return secret;
  }

  client(token: string): ServiceClient {
    return openServiceClient({ server: this.at.admin, authority: this.at.ca, token });
  }

  async send(method: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const content = JSON.stringify(body);
    const answer = await this.administrator.request(method, path, { type: 'application/json', content });
    return answer.body as Readonly<Record<string, unknown>>;
  }

  async enroll(name: string, authString: string): Promise<string> {
    const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(this.at.ca)) });
    const makeKey = async () => await generateKeyPair({ kind: 'ec', size: 256 });
    const { outcome } = await enroll(
      { host: '127.0.0.1', port: this.at.capfPort, name, authString, tls, timeoutMs: 20_000 },
      { makeKey },
    );
    return outcome.kind;
  }

  /** Finds secrets in a text. */
  found(text: string): readonly string[] {
    return [...this.secrets]
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([is]) => is);
  }
}

/** Authorities of each kind with what they log in by or open their keys with; nobody answers where they are said to be. */
async function plantAuthorities(site: Site, directory: string): Promise<void> {
  const ca = await FakeCa.create({ name: 'Site CA' });
  const password = (what: string): string => site.plant(what, randomBytes(18).toString('base64url'));
  /** An issuer's encrypted key and its certificate, PEM. */
  const issuerFile = async (what: string, passphrase: string): Promise<string> => {
    const pair = await generateKeyPair({ kind: 'rsa', size: 2048 });
    site.plant(what, pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(400, 464));
    const own = await createIssuerCertificate(createSigner(pair), { commonName: what }, new Date());
    const cipher = 'aes-256-cbc';
    return `${pair.privateKey.export({ format: 'pem', type: 'pkcs8', cipher, passphrase })}${toPem('CERTIFICATE', own)}`;
  };
  const client = await ca.tlsIdentity('client');
  const url = 'https://127.0.0.1:1';
  const filed = password('passphrase of a key on the node');
  const path = join(directory, 'issuer.pem');
  await writeFile(path, await issuerFile('key on the node', filed));
  const uploaded = password('passphrase of an uploaded key');
  const keyFile = Buffer.from(await issuerFile('uploaded key', uploaded)).toString('base64');
  const made = [
    ['EST', 'est', { url, username: 'capf' }, { password: password('password for EST') }],
    ['AD CS', 'adcs', { url, template: 'Phones', username: 'capf' }, { password: password('password for AD CS') }],
    ['CMP', 'cmp', { url: 'http://127.0.0.1:1', reference: 'capf' }, { secret: password('secret for CMP') }],
    ['Client', 'est', { url, clientCertificate: client.cert }, { clientKey: client.key }],
    ['Filed', 'local', { location: { kind: 'file', path } }, { passphrase: filed }],
    ['Uploaded', 'local', {}, { keyFile, passphrase: uploaded }],
  ] as const;
  site.plant(
    'key of a TLS client',
    createPrivateKey(client.key).export({ format: 'der', type: 'pkcs8' }).subarray(40, 72),
  );
  for (const [name, kind, configuration, secrets] of made) {
    const lscTrust = kind === 'local' ? undefined : ca.pem;
    const authority = await site.send('POST', '/v1/authorities', { name, kind, configuration, secrets, lscTrust });
    assert.equal(authority['state'], 'staged', JSON.stringify(authority));
    const tried = await site.send('POST', `/v1/authorities/${encodeURIComponent(name)}/test`, {});
    assert.equal(tried['works'], kind === 'local', JSON.stringify(tried));
  }
  const module = '/no/such/module.so';
  const location = { kind: 'pkcs11', module, tokenLabel: 'none', keyLabel: 'none' };
  for (const [configuration, secrets] of [
    [{ location }, { pin: password('PIN of a token that is not there') }],
    [{ location: { kind: 'file', path } }, { passphrase: password('wrong passphrase') }],
    [{}, { keyFile, passphrase: password('wrong passphrase of an upload') }],
    [{}, { colour: password('secret that no kind has') }],
  ]) {
    const refused = await site.send('POST', '/v1/authorities', { name: 'No', kind: 'local', configuration, secrets });
    assert.ok(Number(refused['status']) >= 400 && Number(refused['status']) < 500, JSON.stringify(refused));
  }
  // A request that cannot be sent is kept with its reason.
  const asking = 'SEP0000000000A4';
  await site.send('POST', '/v1/authorities/CMP/activate', { confirmed: true });
  await site.send('PUT', `/v1/devices/${asking}`, { certificateIssuer: 'CMP' });
  const install = { operation: 'install', authenticationMode: 'authenticationString', keyOrder: 'ecOnly' };
  const string = site.plant('string for an authority that is away', digits());
  await site.send('POST', `/v1/devices/${asking}/operations`, { ...install, authenticationString: string });
  assert.equal(await site.enroll(asking, string), 'connectionFault');
}

/** Configuration files, whole and from a template, and a key that is entered by hand; some are refused. */
async function plantConfigurations(site: Site, names: readonly string[]): Promise<void> {
  const password = (what: string): string => site.plant(what, randomBytes(18).toString('base64url'));
  const file = (text: string): string => `<device><sshPassword>${text}</sshPassword></device>`;
  const put = async (path: string, content: string) =>
    (await site.administrator.request('PUT', path, { type: 'application/xml', content })).status;
  const [whole = '', filled = '', byHand = ''] = names.map((name) => `/v1/devices/${name}`);
  assert.equal(await put(`${whole}/configuration`, file(password('password in a file'))), 201);
  assert.equal(await put(`${whole}/configuration`, `${file(password('password in a broken file'))}<`), 422);
  const entity = `<!DOCTYPE device [<!ENTITY a "${password('password in an entity')}">]><device>&a;</device>`;
  assert.equal(await put(`${whole}/configuration`, entity), 422);
  const template = `${file(`\${password}`)}<!-- ${password('password in a template')} -->`;
  assert.equal(await put('/v1/configuration-templates/planted', template), 201);
  const fields = { password: password('password in a field'), more: password('text of a field that is not there') };
  const refused = await site.send('PUT', `${filled}/configuration`, { template: 'planted', fields });
  assert.equal(refused['code'], 'template-field-unknown');
  const { more: _, ...right } = fields;
  const kept = await site.send('PUT', `${filled}/configuration`, { template: 'planted', fields: right });
  assert.equal(kept['template'], 'planted', JSON.stringify(kept));
  const made = await site.send('PUT', `${byHand}/symmetric-key`, {});
  site.plant('symmetric key', Buffer.from(String(made['key']), 'hex'));
  const wrong = site.plant('symmetric key that is refused', randomBytes(24));
  assert.equal((await site.send('PUT', `${byHand}/symmetric-key`, { key: wrong.toString('hex') }))['status'], 400);
}

describe('authentication strings, tokens, private keys, configuration files and what authorities are told', () => {
  it('stand in no table, in no line of the log and in no answer to a viewer', async () => {
    await using test = await testDatabase();
    await using sql = await openSql(test);
    using directory = temporaryDirectory();
    const key = randomBytes(32).toString('base64');
    const adminToken = randomBytes(24).toString('base64url');
    await using service = new ServiceProcess({
      dataDir: join(directory.path, 'data'),
      settings: {
        DATABASE_URL: test.url,
        OPENCAPF_SECRET_KEY: key,
        OPENCAPF_ADMIN_TOKEN: adminToken,
        OPENCAPF_LOG_LEVEL: 'trace',
      },
    });
    const at = await service.ready();
    const site = new Site(at, openServiceClient({ server: at.admin, authority: at.ca, token: adminToken }));
    site.plant('secret key', Buffer.from(key, 'base64'));
    site.plant('given token', adminToken);
    const { identity } = await loadOrCreateIdentity(test.database, SecretKey.parse(key), async () =>
      assert.fail('the service made no identity'),
    );
    site.plant('private key', identity.privateKey.subarray(400, 464));

    const viewer = await site.send('POST', '/v1/tokens', { name: 'viewer', role: 'viewer' });
    const viewerToken = site.plant('viewer token', String(viewer['token']));
    const install = { operation: 'install', authenticationMode: 'authenticationString', keyOrder: 'ecOnly' };
    const names = { enrolled: 'SEP0000000000A1', refused: 'SEP0000000000A2', waiting: 'SEP0000000000A3' };
    for (const name of Object.values(names)) await site.send('PUT', `/v1/devices/${name}`, {});
    const given = site.plant('string that enrols', digits());
    await site.send('POST', `/v1/devices/${names.enrolled}/operations`, { ...install, authenticationString: given });
    assert.equal(await site.enroll(names.enrolled, given), 'installed');
    const right = site.plant('string that is not guessed', digits());
    await site.send('POST', `/v1/devices/${names.refused}/operations`, { ...install, authenticationString: right });
    assert.equal(await site.enroll(names.refused, site.plant('string that is wrong', digits())), 'refused');
    const unknown = site.plant('string of an unknown phone', digits());
    assert.equal(await site.enroll('SEP0000000000FF', unknown), 'unknownDevice');
    const queued = await site.send('POST', `/v1/devices/${names.waiting}/operations`, install);
    const generated = site.plant('generated string', String(queued['authenticationString']));
    assert.match(generated, /^\d{8}$/);
    const refusals = [
      { ...install, authenticationString: site.plant('string in a refused call', digits()), nothing: 1 },
      { ...install, authenticationString: `${site.plant('string that is too long', digits())}1` },
      { ...install, authenticationString: site.plant('string for an open operation', digits()) },
    ];
    for (const body of refusals) {
      const { status } = await site.send('POST', `/v1/devices/${names.waiting}/operations`, body);
      assert.ok(Number(status) >= 400 && Number(status) < 500);
    }
    const wrong = site.client(site.plant('refused token', randomBytes(24).toString('base64url')));
    assert.equal((await wrong.get('/v1/devices')).status, 401);

    await plantAuthorities(site, directory.path);
    await plantConfigurations(site, Object.values(names));

    const reader = site.client(viewerToken);
    const answers: string[] = [];
    const { paths } = (await reader.get('/openapi.json')).body as { readonly paths: Readonly<Record<string, object>> };
    const operations = (await reader.get('/v1/operations')).body as {
      readonly items: readonly { readonly id: number }[];
    };
    for (const path of Object.keys(paths).filter((one) => 'get' in (paths[one] ?? {}))) {
      const filled = [
        ...Object.values(names).map((name) => path.replace('{name}', name)),
        ...operations.items.map(({ id }) => path.replace('{id}', String(id))),
      ].filter((one) => !one.includes('{'));
      for (const one of new Set(filled)) {
        const { status, body } = await reader.get(one);
        // 409: a request over CMP is no PKCS#10.
        assert.ok([200, 403, 404, 409].includes(status), `${one}: ${status}`);
        answers.push(JSON.stringify(body));
      }
    }
    assert.ok(answers.length > 15, `${answers.length} answers`);
    for (const client of [reader, wrong, site.administrator]) await client.close();
    await service.kill('SIGTERM');

    const tables = await sql.run(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'opencapf_private')",
    );
    const dump: string[] = [];
    for (const { name } of tables) {
      for (const row of await sql.run(`select t::text as row from ${String(name)} t`)) dump.push(String(row['row']));
    }
    assert.ok(tables.length > 10 && dump.some((row) => row.includes(names.enrolled)));

    assert.deepEqual(site.found(answers.join('\n')), [], 'in an answer to a viewer');
    assert.deepEqual(site.found(dump.join('\n')), [], 'in the database');
    assert.deepEqual(site.found(`${service.out}${service.err}`), [], 'in the log');
    // The search itself must be able to find.
    for (const [what, secret] of site.secrets) {
      for (const form of formsOf(secret)) assert.ok(site.found(`x${form}x`).includes(what), `${what}: ${form}`);
    }
  });
});
