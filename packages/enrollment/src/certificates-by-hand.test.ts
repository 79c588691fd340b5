import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { takeIssuedCertificates } from './certificates-by-hand.js';
import { addFakeAuthority, issueBy, lookNow } from './testing/fake-authority.js';
import { makeRig, phoneKey, today } from './testing/rig.js';
import { ordinaryPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

describe('certificates that come by hand', () => {
  it('are matched to their requests by key, checked, and fetched by the phone; what waits by hand is never asked for again', async () => {
    await using rig = await makeRig();
    const ca = await addFakeAuthority(rig, { patienceMs: 50 });
    ca.answers.submit = () => ({ state: 'pending', pollReference: 'x', retryAfter: Number.POSITIVE_INFINITY });
    ca.answers.poll = () => assert.fail('nothing is polled');
    const device = await rig.addDevice(name);
    await issueBy(rig, device, ca);
    const operation = await rig.queue(device);
    const publicKey = await phoneKey();
    await rig.serve(ordinaryPhone({ name, publicKey }));
    await lookNow(rig);
    assert.equal((await rig.operation(operation)).reason_code, 'authority-by-hand');

    const lsc = await ca.certificateFor(name, publicKey);
    const brought = [
      await ca.certificateFor('SEP001122334466', publicKey),
      lsc,
      lsc,
      ca.issuer.certificate.der,
      Buffer.from('no certificate'),
    ];
    const taken = await takeIssuedCertificates(rig.services.database, brought, today);
    assert.deepEqual(
      taken.map((each) =>
        each.outcome === 'matched' ? each.arrival : each.outcome === 'refused' ? each.code : each.outcome,
      ),
      ['issued-certificate-name', 'issued', 'known', 'unknownKey', 'certificate-unreadable'],
    );
    assert.equal((await rig.operation(operation)).state, 'pending');

    const phone = await rig.serve(ordinaryPhone({ name }));
    assert.deepEqual(phone.commands, ['AuthRequest', 'StoreCertificateRequest']);
    assert.equal((await rig.operation(operation)).state, 'successful');
  });
});
