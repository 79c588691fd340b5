import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  encryptionMethods,
  findModel,
  isKnownToTakeSha512,
  isSameModel,
  manualKeyOf,
  modelTable,
  needsOldTls,
} from './index.js';

describe('the table of models', () => {
  it('is found by whatever an administrator writes', () => {
    for (const written of ['7942', '7942G', 'Cisco 7942', 'CP-7942G', 'cp-7942g', 'Cisco Unified IP Phone 7942G']) {
      assert.equal(findModel(written)?.name, '7942G', written);
    }
    assert.equal(findModel('CP-8841-K9')?.name, '8841');
    assert.equal(findModel('8865nr')?.name, '8865NR');
    assert.equal(findModel('7971G-GE')?.name, '7971G-GE');
    assert.equal(findModel('Cisco 7971')?.name, '7971G');
  });

  it('says nothing of models that no source names, which count as able', () => {
    for (const written of [null, undefined, '', 'Jabber', '9999', '78451', 'Cisco IP Phone 7800 Series']) {
      assert.equal(findModel(written), undefined, String(written));
    }
    assert.deepEqual(encryptionMethods(undefined, 'SCCP'), ['publicKey', 'manualKey']);
    assert.equal(needsOldTls('9999'), false);
    assert.equal(isKnownToTakeSha512('9999'), false);
  });

  it('has each model once', () => {
    const names = modelTable.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.equal(isSameModel('Cisco 7942', '7942G'), true);
    assert.equal(isSameModel('7942', '7945'), false);
    assert.equal(isSameModel('Jabber', 'jabber'), true);
  });

  it('says how the files of each are encrypted, as the source documents do', () => {
    const methods = (model: string, protocol: 'SIP' | 'SCCP') => encryptionMethods(findModel(model), protocol);
    assert.deepEqual(methods('8845', 'SIP'), ['publicKey']);
    assert.deepEqual(methods('7942', 'SIP'), ['publicKey', 'manualKey']);
    assert.deepEqual(methods('7942', 'SCCP'), ['publicKey']);
    assert.deepEqual(methods('7800', 'SIP'), ['manualKey']);
    assert.deepEqual(methods('7800', 'SCCP'), []);
    assert.deepEqual(methods('7931', 'SIP'), []);
    const bits = (model: string) => manualKeyOf(findModel(model) ?? assert.fail(), 'SIP')?.bits;
    assert.deepEqual([bits('7962'), bits('6921'), bits('8845')], [128, 256, undefined]);
  });

  it('names those that ask for a CTL, those that leave out digest credentials, and those that know old TLS alone', () => {
    const named = (which: (model: (typeof modelTable)[number]) => boolean) =>
      modelTable.filter(which).map(({ name }) => name);
    assert.deepEqual(
      named(({ trustList }) => trustList === 'ctl'),
      ['6901', '6911'],
    );
    assert.deepEqual(
      named(({ excludesDigestCredentials }) => excludesDigestCredentials),
      ['7800', '7942G', '7962G'],
    );
    assert.ok(named(({ newestTls }) => newestTls !== undefined).every((name) => /^79\d\d/.test(name)));
    assert.equal(needsOldTls('7975'), true);
    assert.equal(needsOldTls('8845'), false);
  });
});
