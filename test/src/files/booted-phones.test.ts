import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Boot, BootDirectory, bootPhone } from '@opencapf/phone/boot';
import { certificateMd5 } from '@opencapf/pki';
import {
  activateCapfIdentity,
  currentTrustList,
  putConfiguration,
  putDevice,
  readListFetches,
  stageCapfIdentity,
  stageFileSigner,
  switchFileSigner,
} from '@opencapf/store';
import { makeFileSigner } from '@opencapf/tftp';
import { Enrolments } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { element, fileSettings, fullConfiguration as full } from '../support/phone-files.js';
import { newCapf } from './new-capf.js';

const author = { name: 'test' };
const names = ['SEPA45630BBFA40', 'SEPA45630BBFA41'] as const;

describe('phones that boot against the service', () => {
  let service: Enrolments;
  before(async () => {
    service = await Enrolments.start({ ...fileSettings, OPENCAPF_CAPF_SERVERS: '127.0.0.1' });
    const { database } = service.test;
    for (const name of names) {
      await service.queueInstall(name);
      await putDevice(database, name, 'phone', { encryptedConfiguration: true }, author);
      await putConfiguration(database, service.secretKey, name, { xml: Buffer.from(full) }, author);
    }
  });
  after(async () => await service[Symbol.asyncDispose]());

  const boot = async (name: string): Promise<Boot> =>
    await bootPhone({
      name,
      place: { transport: 'http', host: '127.0.0.1', port: service.at.filesPort },
      keeper: new BootDirectory(service.dataDir('phones'), name),
      persistence: { times: 0, pauseMs: 1 },
    });
  const told = ({ trace, outcome }: Boot): string => JSON.stringify([outcome.kind, trace]);
  const verdicts = ({ trace }: Boot) => trace.flatMap((step) => (step.step === 'trustList' ? [step.verdict] : []));
  const listVersion = async (): Promise<string | undefined> =>
    (await currentTrustList(service.test.database, 'itl'))?.version;
  const newList = async (before: string | undefined): Promise<void> => {
    // A job of all nodes builds it, which looks every ten seconds.
    await eventually(listVersion, (version) => version !== before, 60_000);
  };

  it('come to CAPF by their file, install an LSC, and decrypt their configuration', async () => {
    for (const name of names) {
      const booted = await boot(name);
      assert.equal(booted.outcome.kind, 'configured', told(booted));
      assert.ok(booted.outcome.kind === 'configured' && booted.outcome.encrypted);
      const { lsc } = booted.identity;
      const hash = certificateMd5(lsc?.certificate ?? assert.fail('no LSC'));
      const xml = Buffer.from(booted.outcome.configuration).toString();
      assert.deepEqual([element(xml, 'certHash'), element(xml, 'sshPassword')], [hash, 'planted-ssh-password']);
      const rows = await service.rows(`select md5hash,name from device where name='${name}'`);
      assert.deepEqual(rows, [{ md5hash: hash, name }]);
      assert.deepEqual(
        booted.trace.flatMap((step) => (step.step === 'decision' ? [step.next] : [])),
        ['goToCapf', 'fetchEncrypted'],
      );
    }
  });

  it('follow a change of who signs trust lists, which waits for every one of them', async () => {
    const { database } = service.test;
    const [first, second] = names;
    const before = await listVersion();
    const made = await makeFileSigner('sast', {}, new Date());
    assert.equal(await stageFileSigner(database, service.secretKey, 'sast', made, author), 'staged');
    // No list was built yet: whoever serves files hears of the signer and builds it.
    await newList(before);
    const change = async () => await switchFileSigner(database, 'sast', { override: false }, author);
    assert.equal((await change()).outcome, 'waiting');
    assert.deepEqual(verdicts(await boot(first)), ['taken']);
    await eventually(change, (result) => result.outcome === 'waiting' && result.fetches.waiting === 1);
    assert.deepEqual(verdicts(await boot(second)), ['taken']);
    const between = await listVersion();
    await eventually(change, ({ outcome }) => outcome === 'switched');
    await newList(between);
    for (const name of names) {
      const booted = await boot(name);
      assert.deepEqual([booted.outcome.kind, verdicts(booted)], ['configured', ['taken']], told(booted));
    }
  });

  it('meet another CAPF certificate only when every one of them has it in its list', async () => {
    const { database } = service.test;
    const before = await listVersion();
    const { signing, key } = await newCapf();
    const staged = await stageCapfIdentity(database, service.secretKey, signing, key, author);
    assert.ok(staged.outcome === 'staged');
    const activate = async () => await activateCapfIdentity(database, staged.id, { confirmed: true }, author);
    await newList(before);
    assert.equal(typeof (await activate()), 'object');
    for (const name of names) assert.deepEqual(verdicts(await boot(name)), ['taken']);
    await eventually(activate, (outcome) => outcome === 'activated');
    await service.queueInstall(names[0]);
    const booted = await eventually(
      async () => await boot(names[0]),
      ({ trace }) => trace.some((step) => step.step === 'capf' && step.outcome === 'installed'),
    );
    assert.equal(booted.outcome.kind, 'configured', told(booted));
  });

  it('are counted as waiting by the list that they hold, and never by one that they asked for in vain', async () => {
    const { devices, waiting, elsewhere } = await readListFetches(service.test.database.queries, '00'.repeat(32));
    assert.deepEqual([devices, waiting, elsewhere], [2, 2, 0]);
  });
});
