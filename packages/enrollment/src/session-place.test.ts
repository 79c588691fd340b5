import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fetchCertificateResponse } from '@opencapf/protocol';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey } from './testing/rig.js';
import { ordinaryPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

describe('the place of a session among others', () => {
  it('is refused by a full service, and the operation waits for the next attempt', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const turnedAway = ordinaryPhone({ name, publicKey: await phoneKey() });
    turnedAway.hasRoom = false;
    await rig.serve(turnedAway);
    assert.equal(turnedAway.ended, 'hung up');
    assertHas(await rig.lastSession(), { outcome: 'sessions-full', end_reason: null });
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'sessions-full' });
    await rig.serve(ordinaryPhone({ name, publicKey: await phoneKey() }));
    assertHas(await rig.operation(operation), { state: 'successful' });
  });

  it('is said to be lost where the connection made room', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await rig.serve(ordinaryPhone({ name, but: { FetchCertificateRequest: () => 'made-room' } }));
    assertHas(await rig.lastSession(), { outcome: 'connection-dropped', end_reason: null });
  });

  it('is given up on record too when a newer session has taken the operation that would have failed', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { kind: 'troubleshoot' });
    await rig.serve(
      ordinaryPhone({
        name,
        but: {
          FetchCertificateRequest: async ({ sessionId }) => {
            await rig.rows(
              `update opencapf_private.operation set state = 'cancelled', ended_at = now() where id = $1`,
              operation,
            );
            return fetchCertificateResponse(sessionId, undefined);
          },
        },
      }),
    );
    const session = await rig.lastSession();
    assertHas(session, { outcome: 'session-superseded', end_reason: null });
    assert.ok(session.ended_at !== null);
  });
});
