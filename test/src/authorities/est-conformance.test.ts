import { authorityConformance } from './conformance.js';
import { estHarness } from './est-harness.js';
import { FakeCa } from './fake-ca.js';

const login = { username: 'opencapf', password: 'swordfish' };

authorityConformance('EST with a password, EC issuer', async () =>
  estHarness({
    configuration: { username: login.username },
    secrets: { password: login.password },
    server: { login },
  }),
);

authorityConformance('EST with a client certificate and a label, RSA issuer, requests that nobody signed', async () => {
  const [ca, registration] = await Promise.all([FakeCa.create({ key: 'rsa' }), FakeCa.create()]);
  const { cert, key } = await registration.tlsIdentity('client');
  return await estHarness({
    ca,
    configuration: { label: 'phones', clientCertificate: cert, proofOfPossession: 'none' },
    secrets: { clientKey: key },
    server: { label: 'phones', clientCa: registration.pem, acceptUnsigned: true },
  });
});

authorityConformance('EST that renews first and answers repeated requests as before', async () => {
  const registration = await FakeCa.create();
  const { cert, key } = await registration.tlsIdentity('client');
  return await estHarness({
    configuration: { clientCertificate: cert, operation: 'simplereenroll', repeatIsSafe: true },
    secrets: { clientKey: key },
    server: { clientCa: registration.pem, remembers: true },
  });
});
