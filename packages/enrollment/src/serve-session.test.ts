import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authResponse, type Complete, createMessage, type Message, ProtocolError } from '@opencapf/protocol';
import { StoreError } from '@opencapf/store';
import { LiveSessions } from './live-sessions.js';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey, type Rig, today } from './testing/rig.js';
import { ordinaryPhone, ScriptedPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

/** The database with one statement that does not come through. */
function withoutStatement(rig: Rig, failing: string): Pick<Rig['services'], 'database'> {
  const { database } = rig.services;
  return {
    database: {
      ...database,
      prepared: async <Row>(statement: string, text: string, values: readonly unknown[]) => {
        if (statement === failing) throw new StoreError('database-lost');
        return await database.prepared<Row>(statement, text, values);
      },
    },
  };
}

describe('authentication', () => {
  it('refuses a wrong string with 7, counts it, and leaves the operation as it was', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345' });
    const before = await rig.shown(name);
    const phone = await rig.serve(ordinaryPhone({ name, password: '12346', publicKey: await phoneKey() }));
    assert.deepEqual(phone.commands, ['AuthRequest']);
    assert.equal(phone.ended, 7);
    assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: 1, session_id: null });
    assertHas(await rig.lastSession(), {
      outcome: 'authentication-string-wrong',
      end_reason: 7,
      operation_id: operation,
      device_name: name,
    });
    assert.deepEqual(await rig.shown(name), before);
    const audit = await rig.rows(`select action, outcome from opencapf_private.audit_entry where subject = $1`, name);
    assert.deepEqual(audit, [{ action: 'authentication.refuse', outcome: 'refused' }]);
    assert.equal((await rig.serve(ordinaryPhone({ name, password: '12345', publicKey: await phoneKey() }))).ended, 1);
  });

  it('refuses an empty string, and a version-2 client that has none, without counting', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345' });
    for (const version of [2, 3] as const) {
      assert.equal((await rig.serve(ordinaryPhone({ name, version, publicKey: await phoneKey() }))).ended, 7);
      assertHas(await rig.lastSession(), { outcome: 'authentication-string-missing', capf_version: version });
    }
    assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: 0 });
  });

  it('takes any string where a null string is queued', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name));
    assert.equal((await rig.serve(ordinaryPhone({ name, password: '999', publicKey: await phoneKey() }))).ended, 1);
  });

  it('never shows a string in the log, the session or the audit', async () => {
    await using rig = await makeRig();
    const written: string[] = [];
    const note = (facts: object, message: string): void => void written.push(JSON.stringify(facts) + message);
    const log = { info: note, warn: note, error: note };
    await rig.queue(await rig.addDevice(name), { string: '8877665544' });
    for (const password of ['7766554433', '8877665544']) {
      await rig.serve(ordinaryPhone({ name, password, publicKey: await phoneKey() }), { log });
    }
    const dump = JSON.stringify([
      written,
      await rig.rows('select * from opencapf_private.session'),
      await rig.rows('select * from opencapf_private.audit_entry'),
      await rig.rows('select * from opencapf_private.operation_event'),
      await rig.rows('select device_name, encode(authentication_string, $1) from opencapf_private.operation', 'escape'),
    ]);
    assert.doesNotMatch(dump, /7766554433|8877665544/);
    assert.match(dump, /authentication-string-wrong/);
  });
});

describe('a session', () => {
  it('ends with 9 for an unknown device, and is on record under the name that was given', async () => {
    await using rig = await makeRig();
    assert.equal((await rig.serve(ordinaryPhone({ name: 'SEPFFFFFFFFFFFF' }))).ended, 9);
    assertHas(await rig.lastSession(), { outcome: 'device-unknown', end_reason: 9, device_name: 'SEPFFFFFFFFFFFF' });
    assert.equal((await rig.serve(ordinaryPhone({ name: 'x'.repeat(60_000) }))).ended, 9);
    assert.equal((await rig.lastSession()).device_name.length, 128);
  });

  it('knows names exactly', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice('SEPAABBCCDDEEFF'));
    assert.equal((await rig.serve(ordinaryPhone({ name: 'sepaabbccddeeff' }))).ended, 9);
  });

  it('ends with 7 for a version that nobody speaks', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name));
    const introduce = (sessionId: number, version: number) =>
      createMessage('AuthResponse', sessionId, { version, deviceName: name });
    for (const version of [1, 4]) {
      const phone = await rig.serve(
        new ScriptedPhone({ AuthRequest: ({ sessionId }) => introduce(sessionId, version) }),
      );
      assert.equal(phone.ended, 7);
      assertHas(await rig.lastSession(), { outcome: 'capf-version-unsupported', capf_version: version });
    }
  });

  it('ends with 7 when the phone breaks the rules of the wire', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const fault = new ProtocolError('element-runs-past-end');
    assert.equal((await rig.serve(ordinaryPhone({ name, but: { KeyGenerateRequest: () => fault } }))).ended, 7);
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'phone-spoke-wrongly' });
  });

  it('that begins with garbage is on record, under the name of the device where that can be read', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const operation = await rig.queue(device);
    const cut = new ProtocolError('element-runs-past-end', 'CERTIFICATE');
    const reactions = [cut.naming(name), cut.naming('SEPFFFFFFFFFFFF'), cut, createMessage('EndSession', 1, {})];
    for (const reaction of reactions) {
      const phone = await rig.serve(new ScriptedPhone({ AuthRequest: () => reaction as Complete }));
      assert.equal(phone.ended, 7);
    }
    const recorded = await rig.rows(
      'select device_id, device_name as name, outcome, reason, operation_id from opencapf_private.session order by id',
    );
    const facts = {
      device_id: null,
      name: null,
      outcome: 'phone-spoke-wrongly',
      reason: cut.message,
      operation_id: null,
    };
    assert.deepEqual(recorded, [
      { ...facts, device_id: device, name },
      { ...facts, name: 'SEPFFFFFFFFFFFF' },
      facts,
      { ...facts, outcome: 'phone-gave-up', reason: 'The phone sent EndSession.' },
    ]);
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: null });
    const audit = await rig.rows(
      `select actor, subject, detail ->> 'reason' as reason from opencapf_private.audit_entry
       where outcome = 'refused' order by id`,
    );
    assert.deepEqual(audit, [
      { actor: name, subject: name, reason: 'phone-spoke-wrongly' },
      { actor: 'SEPFFFFFFFFFFFF', subject: 'SEPFFFFFFFFFFFF', reason: 'phone-spoke-wrongly' },
      { actor: 'stranger', subject: null, reason: 'phone-gave-up' },
    ]);
  });

  it('of whoever says nothing is no session', async () => {
    await using rig = await makeRig();
    for (const silence of ['phone-left', 'deadline-passed', 'made-room'] as const) {
      assert.equal((await rig.serve(new ScriptedPhone({ AuthRequest: () => silence }))).ended, 'hung up');
    }
    assert.deepEqual(await rig.rows('select from opencapf_private.session'), []);
  });

  it('lets the operation wait when the phone ends it by itself', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    for (const command of ['EndSession', 'AbortRequest'] as const) {
      const phone = await rig.serve(
        ordinaryPhone({
          name,
          but: { KeyGenerateRequest: ({ sessionId }) => createMessage(command, sessionId, { reason: 5 }) },
        }),
      );
      assert.notEqual(phone.ended, undefined);
      assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'phone-gave-up' });
    }
  });

  it('clears the wish for a reset unless it is refused', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await rig.queue(device, { string: '1234' });
    await rig.serve(ordinaryPhone({ name, password: '4321' }));
    assert.equal((await rig.shown(name))?.reset_required, true);
    await rig.serve(ordinaryPhone({ name, password: '1234' }));
    assert.equal((await rig.shown(name))?.reset_required, false);
  });

  it('hangs up without END_SESSION whichever statement fails, and a later session does what is left', async () => {
    for (const failing of [
      'find-device',
      'judge-string',
      'intend-certificate',
      'issue-certificate',
      'finish-install',
    ]) {
      await using rig = await makeRig();
      const operation = await rig.queue(await rig.addDevice(name), { string: '1234' });
      const publicKey = await phoneKey();
      const phone = await rig.serve(
        ordinaryPhone({ name, password: '1234', publicKey }),
        withoutStatement(rig, failing),
      );
      assert.equal(phone.ended, 'hung up', failing);
      assert.equal(phone.commands.includes('StoreCertificateRequest'), failing === 'finish-install', failing);
      assert.equal((await rig.shown(name))?.md5hash, null);
      assert.equal((await rig.serve(ordinaryPhone({ name, password: '1234', publicKey }))).ended, 1, failing);
      assert.equal((await rig.operation(operation)).state, 'successful');
      assert.equal(
        (await rig.rows('select from opencapf_private.certificate')).length,
        1,
        'one certificate for one key',
      );
    }
  });

  it('is superseded by a newer one that authenticates, and then writes nothing more', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const newer = ordinaryPhone({ name, publicKey: await phoneKey() });
    let newerServed: Promise<unknown> | undefined;
    const older = ordinaryPhone({
      name,
      but: {
        KeyGenerateRequest: async () => {
          newerServed = rig.serve(newer);
          return await new Promise<never>(() => undefined);
        },
      },
    });
    await rig.serve(older);
    await newerServed;
    assert.equal(newer.ended, 1);
    assert.equal(older.ended, 'hung up');
    assert.equal((await rig.operation(operation)).state, 'successful');
    const outcomes = await rig.rows('select outcome from opencapf_private.session order by id');
    assert.deepEqual(outcomes, [{ outcome: 'session-superseded' }, { outcome: 'installed' }]);
  });

  for (const awaited of ['KeyGenerateRequest', 'StoreCertificateRequest'] as const) {
    it(`is superseded by a newer one on another node while it waits for the answer to ${awaited}`, async () => {
      await using rig = await makeRig();
      const operation = await rig.queue(await rig.addDevice(name));
      const here = ordinaryPhone({ name, publicKey: await phoneKey() });
      const elsewhere = servicesOfAnotherNode();
      const usual = ordinaryPhone({ name, publicKey: await phoneKey() });
      const phone = ordinaryPhone({
        name,
        publicKey: await phoneKey(),
        but: {
          [awaited]: async (request: Message) => {
            await rig.serve(here, elsewhere);
            return usual.reactTo(request);
          },
        },
      });
      await rig.serve(phone);
      assert.equal(here.ended, 1);
      assert.equal(phone.ended, 'hung up');
      assert.equal((await rig.operation(operation)).state, 'successful');
      const installed = await rig.rows('select from opencapf_private.certificate where installed_at is not null');
      assert.equal(installed.length, 1);
    });
  }

  it('cannot commit anything to an operation that was cancelled meanwhile', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const publicKey = await phoneKey();
    const usual = ordinaryPhone({ name, publicKey });
    const cancelled = ordinaryPhone({
      name,
      but: {
        KeyGenerateRequest: async (request) => {
          await rig.rows(
            `update opencapf_private.operation set state = 'cancelled', ended_at = now() where id = $1`,
            operation,
          );
          return usual.reactTo(request);
        },
      },
    });
    await rig.serve(cancelled);
    assert.equal(cancelled.ended, 'hung up');
    assert.deepEqual(await rig.rows('select from opencapf_private.certificate'), []);
    assert.equal((await rig.operation(operation)).state, 'cancelled');
  });

  it('finds an operation expired whose time has passed, but finishes one that it began in time', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const completesBy = new Date(today.getTime() + 60_000);
    const late = new Date(today.getTime() + 60_000);
    const first = await rig.queue(device, { completesBy });
    const publicKey = await phoneKey();
    const usual = ordinaryPhone({ name, publicKey });
    const during = ordinaryPhone({
      name,
      but: {
        KeyGenerateRequest: (request) => {
          rig.setTime(late);
          return usual.reactTo(request);
        },
      },
    });
    assert.equal((await rig.serve(during)).ended, 1);
    assert.equal((await rig.operation(first)).state, 'successful');

    const second = await rig.queue(device, { completesBy, string: '1234' });
    assert.equal((await rig.serve(ordinaryPhone({ name, password: '1234' }))).ended, 0);
    assertHas(await rig.operation(second), {
      state: 'expired',
      reason_code: 'operation-expired',
      authentication_string: null,
    });
    assert.equal((await rig.shown(name))?.capf_auth_mode, 0);
  });

  it("does not outlive the phone: silence before the greeting is answered is nobody's and not on record", async () => {
    await using rig = await makeRig();
    for (const reason of ['phone-left', 'deadline-passed', 'closed-by-us'] as const) {
      assert.equal((await rig.serve(new ScriptedPhone({ AuthRequest: () => reason }))).ended, 'hung up');
    }
    assert.deepEqual(await rig.rows('select from opencapf_private.session'), []);
  });

  it('says nothing to a phone for which the service stops, and lets the operation wait', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const phone = await rig.serve(ordinaryPhone({ name, but: { KeyGenerateRequest: () => 'closed-by-us' } }));
    assert.equal(phone.ended, 'hung up');
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'service-stopped' });
  });

  it('accepts whatever reason the phone gives for coming, and keeps it', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name));
    const publicKey = await phoneKey();
    await rig.serve(
      ordinaryPhone({
        name,
        publicKey,
        but: { AuthRequest: ({ sessionId }) => authResponse(sessionId, { version: 3, deviceName: name, reason: 200 }) },
      }),
    );
    assert.deepEqual(await rig.rows('select phone_reason, outcome from opencapf_private.session'), [
      { phone_reason: 200, outcome: 'installed' },
    ]);
  });
});

function servicesOfAnotherNode(): Partial<Rig['services']> {
  return { nodeId: '00000000-0000-4000-8000-000000000002', live: new LiveSessions() };
}
