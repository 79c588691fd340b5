import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthorityError } from '@opencapf/authority';
import { PkiError } from '@opencapf/pki';
import { SecretKey } from '@opencapf/store';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { Authorities } from './authorities.js';

describe('an authority whose token does not take the PIN', () => {
  it('is not opened again before its record has changed: tokens lock themselves', async () => {
    await using test = await testDatabase();
    await using sql = await openSql(test);
    const [row] = await sql.run(
      `insert into opencapf_private.issuer (name, kind, state) values ('HSM', 'offline', 'active') returning id`,
    );
    const id = Number(row?.['id']);
    let opened = 0;
    let code: 'hsm-token-pin-refused' | 'hsm-token-missing' = 'hsm-token-pin-refused';
    const authorities = new Authorities({
      database: test.database,
      secretKey: new SecretKey(Buffer.alloc(32, 1)),
      log: { info() {}, warn() {}, error() {} },
      open: async () => {
        opened += 1;
        throw new AuthorityError('authority-key-unusable', undefined, { cause: new PkiError(code) });
      },
    });
    const refused = async (version: number): Promise<number> => {
      await assert.rejects(authorities.of(id, version), { code: 'authority-unusable' });
      return opened;
    };
    assert.equal(await refused(1), 1);
    assert.equal(await refused(2), 1, 'the same record, however often something else changes');
    await sql.run('update opencapf_private.issuer set validity_days = 7 where id = $1', [id]);
    code = 'hsm-token-missing';
    assert.equal(await refused(3), 2);
    assert.equal(await refused(3), 3, 'a token that is away may be back');
  });
});
