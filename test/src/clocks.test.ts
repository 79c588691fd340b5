import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import { AnotherNode } from './support/another-node.js';
import { Enrolments } from './support/enrolments.js';
import { eventually } from './support/eventually.js';

const dayMs = 86_400_000;
const phone = 'SEP001122334455';

/** Loaded before the program: the machine's clock is so many days ahead, and set right on SIGUSR2. */
const wrongClock = (days: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    const Right = Date;
    let offset = ${days * dayMs};
    process.on('SIGUSR2', () => { offset = 0; });
    globalThis.Date = class Date extends Right {
      constructor(...given) { if (given.length === 0) super(Right.now() + offset); else super(...given); }
      static now() { return Right.now() + offset; }
    };`)}`;

interface Dates {
  readonly certificate: Buffer;
  readonly begins: boolean;
  readonly session: boolean;
}

async function datesOf(enrolments: Enrolments): Promise<Dates | undefined> {
  const [row] = await enrolments.rows<Dates>(`
    select c.der as certificate, c.not_before between now() - interval '10 minutes' and now() as begins,
      s.started_at between now() - interval '2 minutes' and now() + interval '1 minute' and s.ended_at >= s.started_at as session
    from opencapf_private.session s join opencapf_private.certificate c on c.session_id = s.id
    order by s.id desc limit 1`);
  return row;
}

describe('on a machine whose clock is wrong', () => {
  for (const days of [400, -400]) {
    it(`by ${days} days, certificates and records bear PostgreSQL's time, and everybody is told`, async () => {
      await using enrolments = await Enrolments.start({ NODE_OPTIONS: `--import=${wrongClock(days)}` });
      const capf = new X509Certificate(enrolments.at.ca);
      assert.ok(Math.abs(Date.parse(capf.validFrom) - Date.now()) < 600_000, capf.validFrom);
      await enrolments.queueInstall(phone);
      assert.equal((await enrolments.enroll(phone)).outcome.kind, 'installed');
      const dates = await datesOf(enrolments);
      assert.deepEqual([dates?.begins, dates?.session], [true, true]);
      const lsc = new X509Certificate(dates?.certificate ?? Buffer.alloc(0));
      assert.ok(Math.abs(Date.parse(lsc.validTo) - Date.now() - 365 * dayMs) < 600_000, lsc.validTo);
      assert.match(enrolments.service.err, /"level":"warn".*"offsetMs":-?\d{11}.*PostgreSQL's time is gone by/);
      const [node] = await enrolments.rows<{ days: number }>(
        'select round(clock_offset_ms / 86400000)::double precision as days from opencapf_private.node',
      );
      assert.equal(node?.days, days);
    });
  }

  it('until somebody sets it right, phones notice nothing', async () => {
    await using enrolments = await Enrolments.start();
    await using other = await AnotherNode.start(enrolments, 'other', { NODE_OPTIONS: `--import=${wrongClock(30)}` });
    await enrolments.queueInstall(phone);
    const { outcome } = await enrolments.enroll(
      phone,
      {
        makeKey: async (type) => {
          other.service.process.kill('SIGUSR2');
          await eventually(
            async () => other.service.err,
            (log) => log.includes("is PostgreSQL's again"),
          );
          return await generateKeyPair(type);
        },
      },
      undefined,
      other.at.capfPort,
    );
    assert.equal(outcome.kind, 'installed', JSON.stringify(outcome));
    const dates = await datesOf(enrolments);
    assert.deepEqual([dates?.begins, dates?.session], [true, true]);
    assert.match(other.service.err, /the clock of this machine was set back/);
  });
});
