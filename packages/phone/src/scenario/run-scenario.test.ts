import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readCertificate, toPem } from '@opencapf/pki';
import { authRequest, Curve, endSession, keyGenerateRequest, storeCertificateRequest } from '@opencapf/protocol';
import { readCapfTrust } from '../capf-trust.js';
import { capfIdentity, type FakePeer, issueLsc, startFakeCapf } from '../testing/index.js';
import { failureText, junitReport, resultsAsJson } from './reports.js';
import { runScenario, type ScenarioResult } from './run-scenario.js';
import { readScenarioFile, type Scenario } from './scenario-file.js';
import type { AdminAnswer, ScenarioTarget } from './target.js';

const capf = await capfIdentity();
const name = 'SEP001122334455';

function scenario(steps: string): Scenario {
  const content = `scenarios:\n  - name: a scenario\n    steps:\n${steps.trim().replaceAll(/^/gm, '      ')}\n`;
  const [only] = readScenarioFile('f.yaml', content).scenarios;
  return only ?? assert.fail();
}

type Calls = (method: string, path: string, content: string | undefined) => Partial<AdminAnswer> | undefined;

/** A service whose admin API answers as `calls` says, else 404, and whose CAPF side plays a script for each phone. */
async function fakeTarget(
  t: TestContext,
  calls: Calls,
  script: (peer: FakePeer) => Promise<void> = async () => {},
): Promise<ScenarioTarget & { readonly log: readonly string[] }> {
  const server = await startFakeCapf(capf, script);
  t.after(() => server.finished());
  const log: string[] = [];
  return {
    log,
    capf: { host: '127.0.0.1', port: server.port },
    trust: readCapfTrust(Buffer.from(toPem('CERTIFICATE', capf.trust[0].der))),
    request: async (method, path, body) => {
      log.push(`${method} ${path}${body === undefined ? '' : ` ${body.content}`}`);
      return { status: 404, body: {}, ...calls(method, path, body?.content) };
    },
  };
}

async function install(peer: FakePeer): Promise<void> {
  await peer.say(authRequest(1));
  await peer.expect('AuthResponse');
  await peer.say(keyGenerateRequest(1, { version: 3, key: { type: 'ec', curve: Curve.secp256r1 } }));
  await peer.expect('RequestInProgress');
  const { publicKey = Buffer.alloc(0) } = await peer.expect('KeyGenerateResponse');
  await peer.say(storeCertificateRequest(1, await issueLsc(capf.issuer, name, { spki: publicKey })));
  await peer.expect('StoreCertificateResponse');
  await peer.sayLast(endSession(1, 1));
}

const created: Calls = (method) => (method === 'PUT' || method === 'POST' ? { status: 201 } : undefined);

test('devices are made, operations queued, a phone enrols, and the devices are taken away again', async (t) => {
  const target = await fakeTarget(t, created, install);
  const { failures } = await runScenario(
    scenario(`
- device: ${name}
  settings: { model: "8845" }
- { queue: ${name}, operation: install, authenticationString: "1234" }
- phone: ${name}
  authString: "1234"
  expect:
    outcome: installed
    asked: [EC P-256]
    certificate: { key: EC P-256, issuedBy: capf, md5hash: "\${${name}.md5hash}" }
- request: GET /echo/\${${name}.md5hash}
  expect: { status: 404 }`),
    target,
  );
  assert.deepEqual(failures, []);
  const [, put, post, echo, remove] = target.log;
  assert.equal(put, `PUT /v1/devices/${name} {"model":"8845"}`);
  assert.match(post ?? '', /"authenticationMode":"authenticationString"/);
  assert.match(echo ?? '', /^GET \/echo\/[0-9a-f]{32}$/);
  assert.equal(remove, `DELETE /v1/devices/${name}`);
});

test('a failure says which phone, which step, what was expected, what came, and what both sides say', async (t) => {
  const lastSession = { outcome: 'installed' };
  const calls: Calls = (method) => (method === 'GET' ? { status: 200, body: { lastSession } } : undefined);
  const target = await fakeTarget(t, calls, install);
  const failing = scenario(`
- phone: ${name}
  expect: { outcome: refused, certificate: { key: RSA 2048 } }
- mark: never`);
  const result = await runScenario(failing, target);
  const [failure] = result.failures;
  assert.ok(failure !== undefined && result.failures.length === 1);
  const text = failureText('f.yaml', failure);
  assert.match(text, /f\.yaml:4: phone SEP001122334455\n/);
  assert.match(text, /outcome: expected refused, came installed\n/);
  assert.match(text, /certificate\.key: expected RSA 2048, came EC P-256\n/);
  assert.match(text, /received KeyGenerateRequest/);
  assert.match(text, /last session: \{"outcome":"installed"\}/);
});

test('a device that is there already is left alone, and fails the scenario', async (t) => {
  const target = await fakeTarget(t, (method) => (method === 'GET' ? { status: 200 } : { status: 500 }));
  const { failures } = await runScenario(scenario(`- device: ${name}`), target);
  assert.match(failures[0]?.problems[0] ?? '', /left alone/);
  assert.deepEqual(target.log, [`GET /v1/devices/${name}`]);
});

test('a call that is refused fails unless it was expected', async (t) => {
  const target = await fakeTarget(t, (method) =>
    method === 'POST' ? { status: 409, body: { code: 'operation-already-open' } } : undefined,
  );
  const queue = `queue: ${name}, operation: install`;
  const expected = await runScenario(scenario(`- { ${queue}, expect: { code: operation-already-open } }`), target);
  assert.deepEqual(expected.failures, []);
  for (const step of [
    `- { ${queue} }`,
    `- { ${queue}, expect: { code: other } }`,
    `- { ${queue}, expect: { status: 400 } }`,
  ]) {
    const { failures } = await runScenario(scenario(step), target);
    assert.match(failures[0]?.problems.join('\n') ?? '', /409 .*operation-already-open/, step);
  }
});

test('steps that go on together wait for each other by events', async (t) => {
  const target = await fakeTarget(t, created);
  const { failures } = await runScenario(
    scenario(`
- together:
  - - wait: { until: first }
    - mark: second
  - - mark: first
    - wait: { until: second }`),
    target,
  );
  assert.deepEqual(failures, []);
});

test('an event that does not happen fails its step, and those beside it are given up without a failure', async (t) => {
  const target = await fakeTarget(t, created);
  const { failures } = await runScenario(
    scenario(`
- together:
  - wait: { until: never }
  - - cancel: ${name}
- mark: afterwards`),
    target,
    { patienceMs: 60_000 },
  );
  assert.deepEqual(
    failures.map(({ step }) => step),
    [`cancel the operation of ${name}`],
  );
  const waiting = await runScenario(scenario('- mark: a\n- wait: { until: b }'), target, { patienceMs: 1 });
  assert.match(waiting.failures[0]?.problems[0] ?? '', /"b" did not happen .* "a"/);
});

test('a check waits until everything it names is so at one time, over REST and in SQL', async (t) => {
  let looks = 0;
  const calls: Calls = (_method, path) => {
    if (path === '/v1/operations/7') return { status: 200, body: { state: looks > 2 ? 'successful' : 'inProgress' } };
    if (path.includes('/certificates')) return { status: 200, body: { items: [{ serial: '1' }, { serial: '2' }] } };
    looks += 1;
    const certificate = { type: 'LSC' };
    return {
      status: 200,
      body: { operation: { id: 7 }, md5hash: 'aa', publicKeyMd5: 'bb', certificate, resetRequired: false },
    };
  };
  const target = {
    ...(await fakeTarget(t, calls)),
    readRow: async () => ({ md5hash: 'aa', publicKeyMd5: 'cc', certificateType: 'LSC', resetRequired: false }),
  };
  const good = `
- check: ${name}
  operation: { state: successful }
  row: { md5hash: aa, certificateType: LSC }
  certificates: [{ serial: "1" }]`;
  assert.deepEqual((await runScenario(scenario(good), target)).failures, []);
  assert.ok(looks > 2);
  const bad = `- { check: ${name}, within: 1ms, row: { publicKeyMd5: bb }, certificates: [] }`;
  const { failures } = await runScenario(scenario(bad), target);
  assert.match(
    failures[0]?.problems.join('\n') ?? '',
    /row \(SQL\)\.publicKeyMd5: expected bb, came cc\ncertificates: /,
  );
});

test('reports tell CI servers and scripts the same', () => {
  const passed: ScenarioResult = { scenario: scenario('- mark: a'), durationMs: 1234, failures: [] };
  const problems = ['expected <a> & "b"', 'came \u0000'];
  const failed: ScenarioResult = { ...passed, failures: [{ line: 4, step: 'mark a', problems }] };
  const xml = junitReport([passed, failed]);
  assert.match(xml, /<testsuite name="f.yaml" tests="2" failures="1" time="2.468">/);
  assert.match(xml, /<failure message="mark a: expected &lt;a&gt; &amp; &quot;b&quot;">/);
  assert.ok(!xml.includes('\u0000'));
  const json = JSON.stringify(resultsAsJson([passed, failed]));
  assert.match(json, /^\{"passed":1,"failed":1,/);
});

test('a maker is put into the trust store and taken out again, and a phone proves itself by what it made', async (t) => {
  const prove = async (peer: FakePeer): Promise<void> => {
    await peer.say(authRequest(1));
    const { certificate } = await peer.expect('AuthResponse');
    assert.equal(readCertificate(certificate?.der ?? Buffer.alloc(0)).commonName, `CP-8841-${name}`);
    await peer.sayLast(endSession(1, 0));
  };
  const target = await fakeTarget(t, created, prove);
  const { failures } = await runScenario(
    scenario(`
- { maker: factory, trusted: mic, allowExpired: true }
- phone: ${name}
  mic: { from: factory, name: CP-8841-${name}, expired: true }
  proof: { by: lscFirst }
  expect: { outcome: nothingPending }
`),
    target,
  );
  assert.deepEqual(failures, []);
  const [uploaded, removed, ...others] = target.log;
  assert.match(uploaded ?? '', /^POST \/v1\/trust-certificates\?purpose=mic&allowExpired=true -----BEGIN CERTIFICATE/);
  assert.match(removed ?? '', /^DELETE \/v1\/trust-certificates\/[0-9a-f]{64}$/);
  assert.deepEqual(others, []);
});
