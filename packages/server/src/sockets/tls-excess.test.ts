import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type Secured, TlsExcess } from './tls-excess.js';

/** A connection whose counts a test sets. */
class Connection implements Secured {
  readonly raw = {
    bytesRead: 0,
    destroy: (): void => {
      this.closed = true;
    },
  };
  readonly said = (): number => this.bytesSaid;
  readonly hasAuthenticated = (): boolean => this.authenticated;
  bytesSaid = 0;
  authenticated = false;
  closed = false;
}

describe('bytes that stay in TLS', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('are few from a phone, and close a connection that sends many', () => {
    const excess = new TlsExcess(1_000, () => undefined);
    const [phone, stranger] = [new Connection(), new Connection()];
    for (const connection of [phone, stranger]) excess.watch(connection);
    phone.raw.bytesRead = 1_000;
    stranger.raw.bytesRead = 1_001;
    mock.timers.tick(20);
    assert.deepEqual([phone.closed, stranger.closed], [false, true]);
  });

  it('may be more from a phone that has authenticated, as long as it says something', () => {
    const excess = new TlsExcess(1_000, () => undefined);
    const [working, silent] = [new Connection(), new Connection()];
    for (const connection of [working, silent]) {
      connection.authenticated = true;
      excess.watch(connection);
    }
    working.raw.bytesRead = silent.raw.bytesRead = 60_000;
    working.bytesSaid = 2_000;
    mock.timers.tick(1_020);
    assert.deepEqual([working.closed, silent.closed], [false, true]);
  });

  it('make others suspected for an hour', () => {
    let [now, told] = [0, 0];
    const excess = new TlsExcess(
      1_000,
      () => (told += 1),
      () => now,
    );
    assert.equal(excess.isSuspected, false);
    for (let count = 0; count < 3; count++) {
      const stranger = new Connection();
      const leave = excess.watch(stranger);
      stranger.raw.bytesRead = 2_000;
      mock.timers.tick(20);
      leave();
    }
    assert.ok(excess.isSuspected);
    assert.equal(told, 1);
    now = 3_600_000;
    assert.equal(excess.isSuspected, false);
  });

  it('are not looked at of those that left', () => {
    const excess = new TlsExcess(1_000, () => undefined);
    const connection = new Connection();
    excess.watch(connection)();
    connection.raw.bytesRead = 2_000;
    mock.timers.tick(5_000);
    assert.equal(connection.closed, false);
  });
});
