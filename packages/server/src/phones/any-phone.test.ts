import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair, toPem } from '@opencapf/pki';
import { putDevice, queueOperation, resolveSettings, SecretKey } from '@opencapf/store';
import { testDatabase } from '@opencapf/store/testing';
import fc from 'fast-check';
import { pino } from 'pino';
import { NodeClock } from '../node/node-clock.js';
import { thisNode } from '../node/this-node.js';
import { loadIdentity } from '../start/identity.js';
import { misbehaviour, playSession } from '../testing/misbehaving-phone.js';
import { startPhoneService } from './phone-service.js';

/** How long to try, in seconds; OPENCAPF_FUZZ_SECONDS for longer, OPENCAPF_FUZZ_SEED to try the same again. */
const seconds = Number(process.env['OPENCAPF_FUZZ_SECONDS'] ?? '10');
const seed = Number(process.env['OPENCAPF_FUZZ_SEED'] ?? Date.now() & 0x7fff_ffff);

const author = { name: 'test' };
const secretKey = new SecretKey(Buffer.alloc(32, 7));
const atOnce = 24;

/** The longest that a session can last with the deadlines below, and a machine that has other things to do. */
const sessionEndsWithinMs = 15_000;

const modes = [
  { kind: 'install', authenticationMode: 'nullString' },
  { kind: 'install', authenticationMode: 'authenticationString' },
  { kind: 'install', authenticationMode: 'existingCertificateLscFirst' },
  { kind: 'delete', authenticationMode: 'nullString' },
  { kind: 'troubleshoot', authenticationMode: 'nullString' },
] as const;

/** A device for each mode, one with nothing queued, one that nobody knows. */
const names = Array.from({ length: modes.length + 2 }, (_, index) => `SEP00000000000${index}`);

/** Nobody else plays its part: a session of the others that is not over yet can take no operation away from it. */
const honest = 'SEP0000000000AA';

/** Of pino. */
const errorLevel = 50;

interface LogLine {
  readonly level: number;
  /** Of a session that ended. */
  readonly sessionId?: number;
  readonly outcome?: string;
}

function isInstalled(end: Awaited<ReturnType<typeof playSession>>): boolean {
  return end?.command === 'EndSession' && end.reason === 1;
}

describe('any phone', () => {
  it(`can do anything in any state for ${seconds} s: sessions end in time, and the next phone is served`, async (t) => {
    t.diagnostic(`OPENCAPF_FUZZ_SEED=${seed}`);
    await using test = await testDatabase({ maxConnections: 10 });
    const { database } = test;
    const faults: string[] = [];
    /** By the number of a session. */
    const outcomes = new Map<number, string>();
    const write = (line: string): void => {
      const { level, sessionId, outcome } = JSON.parse(line) as LogLine;
      if (level >= errorLevel) faults.push(line);
      if (sessionId !== undefined && outcome !== undefined) outcomes.set(sessionId, outcome);
    };
    const log = pino({ level: 'info' }, { write });
    const settings = resolveSettings({
      capfHost: '127.0.0.1',
      capfPort: 0,
      handshakeTimeout: 5,
      authenticationTimeout: 0.3,
      keyGenerationTimeout: 0.3,
      storeTimeout: 0.3,
      fetchTimeout: 0.3,
      deleteTimeout: 0.3,
      drainTimeout: 0,
    });
    const identity = await loadIdentity(database, secretKey, settings);
    const service = await startPhoneService({
      settings,
      database,
      secretKey,
      identity,
      node: thisNode('test'),
      clock: new NodeClock(log),
      log,
    });
    try {
      const { port } = service.address;
      const keys = await Promise.all(names.map(async () => (await generateKeyPair({ kind: 'rsa', size: 1024 })).spki));
      for (const name of [...names.slice(0, -1), honest]) await putDevice(database, name, 'phone', {}, author);
      const queue = async (mode: (typeof modes)[number], name: string): Promise<void> => {
        const authenticationString = mode.authenticationMode === 'authenticationString' ? '4711' : undefined;
        const operation = {
          ...mode,
          authenticationString,
          keyOrder: 'rsaOnly',
          rsaKeySize: 1024,
          ecKeySize: 256,
        } as const;
        const completesBy = new Date(Date.now() + 3_600_000);
        await queueOperation(
          database,
          secretKey,
          name,
          () => ({ ...operation, completesBy, allowedNetworks: undefined, replace: true }),
          author,
        );
      };
      const cert = toPem('CERTIFICATE', identity.capf.certificate.der);
      const facts = (index: number) => ({
        port,
        cert,
        name: names[index] ?? '',
        publicKey: keys[index] ?? Buffer.alloc(0),
      });
      let sessions = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(misbehaviour(names.length), { minLength: atOnce, maxLength: atOnce }),
          async (behaviours) => {
            await Promise.all(modes.map((mode, index) => queue(mode, names[index] ?? '')));
            const began = performance.now();
            await Promise.all(behaviours.map((how) => playSession(facts(how.device), how)));
            const tookMs = performance.now() - began;
            assert.ok(tookMs < sessionEndsWithinMs, `sessions took ${tookMs} ms`);
            assert.deepEqual(faults, []);
            sessions += behaviours.length;
          },
        ),
        { seed, numRuns: 1_000_000, interruptAfterTimeLimit: seconds * 1_000, endOnFailure: true },
      );
      t.diagnostic(`${sessions} sessions`);
      assert.ok(sessions > 0);
      await queue(modes[0], honest);
      const { spki: publicKey } = await generateKeyPair({ kind: 'rsa', size: 1024 });
      const next = { port, cert, name: honest, publicKey };
      let end = await playSession(next);
      // The deadlines above are short for a machine that has other things to do: after one that passed, and after nothing
      // else, the phone may come again.
      for (let tries = 1; !isInstalled(end) && tries < 10; tries += 1) {
        const outcome = end && outcomes.get(end.sessionId);
        assert.equal(outcome, 'deadline-passed', `the next phone is served: ${JSON.stringify(end)}`);
        end = await playSession(next);
      }
      assert.ok(isInstalled(end), `the next phone is served: ${JSON.stringify(end)}`);
    } finally {
      await service.stop();
    }
    const open = await database.prepared(
      '',
      'select device_name, operation_id, authenticated_at, steps from opencapf_private.session where ended_at is null',
      [],
    );
    assert.deepEqual(open.rows, [], 'sessions are over on record too');
    assert.deepEqual(faults, []);
  });
});
