// What 1,000 LSCs cost in processor time of the whole process, threads that sign included.
// Build first, then: node packages/authority/bench/issue.mjs
import { randomBytes } from 'node:crypto';
import { LocalAuthority } from '@opencapf/authority';
import {
  checkPublicKey,
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  loadIssuer,
  randomSerial,
  sha256Hex,
} from '@opencapf/pki';

const count = 1000;
const distinctKeys = 20;
const rounds = 3;
const limit = 0.5;
const type = { kind: 'rsa', size: 2048 };

const pair = await generateKeyPair(type);
const signer = createSigner(pair);
const issuer = loadIssuer(await createCapfCertificate(signer, { organization: 'Bench', country: 'DE' }), signer);
const authority = new LocalAuthority(issuer);
const profile = compileLscProfile(issuer);
const phones = await Promise.all(Array.from({ length: distinctKeys }, () => generateKeyPair(type)));
const policy = { minRsaBits: 1024, forbiddenKeys: new Set([sha256Hex(issuer.certificate.spki)]) };

const now = new Date();
const deviceName = (index) => `SEP${index.toString(16).toUpperCase().padStart(12, '0')}`;
const key = (index) => phones[index % distinctKeys].spki;
const validity = { notBefore: now, notAfter: new Date(now.getTime() + 86_400_000) };
const encode = (index) =>
  profile.encodeTbs({
    deviceName: deviceName(index),
    spki: key(index),
    serial: randomSerial(randomBytes),
    ...validity,
  });

const steps = {
  'issue without key checks': async (index) => {
    const tbs = encode(index);
    profile.assemble(tbs, await signer.sign(tbs));
  },
  'prepare and issue, key checks included': async (index) => {
    await authority.issue(
      await authority.prepare({ deviceName: deviceName(index), spki: key(index), expectedKey: type, now }),
    );
  },
  'bare signature': (index) => signer.sign(key(index)),
  'encoding of the to-be-signed part': encode,
  'key checks': (index) => checkPublicKey(key(index), type, policy),
};

let worst = 0;
for (const [name, step] of Object.entries(steps)) {
  const figures = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < count; index++) await step(index);
    const { user, system } = process.cpuUsage(before);
    figures.push((user + system) / 1000 / count);
  }
  const best = Math.min(...figures);
  if (name.startsWith('issue') || name.startsWith('prepare')) worst = Math.max(worst, best);
  console.log(`${best.toFixed(3)} ms  ${name}  (${count} each; rounds ${figures.map((f) => f.toFixed(3)).join(', ')})`);
}
if (worst > limit) {
  console.error(`An LSC costs ${worst.toFixed(3)} ms, more than ${limit} ms.`);
  process.exitCode = 1;
}
