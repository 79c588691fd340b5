import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { exportPkcs8, importKeyFile, keyTypeName, readCertificate, toPem } from '@opencapf/pki';
import {
  type AfterFetches,
  beginRecovery,
  discardFileSigner,
  endRecovery,
  exportRecoveryKey,
  listFileSigners,
  removeRecoveryKey,
  replaceRecoverySigner,
  stageFileSigner,
  switchFileSigner,
} from '@opencapf/store';
import { createFileSigner, makeFileSigner } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { AdminApiError, type AdminApiErrorCode } from '../errors.js';
import { heldBack } from '../held-back.js';
import { call, problems } from '../route-schema.js';
import {
  fileSignerListSchema,
  fileSignerParams,
  recoveryBeginSchema,
  recoveryExportSchema,
  recoveryKeySchema,
  signerSwitchSchema,
} from '../schemas/trust-list.js';
import type { AdminApiServices } from '../services.js';
import { listChanges, rebuildIfWritable } from '../trust-list-changes.js';
import { fileSignerView } from '../trust-list-view.js';
import { requireSigners } from './trust-lists.js';

const refusals = {
  stagedAlready: 'file-signer-staged',
  changing: 'file-signer-staged',
  noneStaged: 'file-signer-none-staged',
  notListed: 'trust-list-not-holding',
  released: 'trust-list-released',
  inRecovery: 'trust-list-in-recovery',
  notInRecovery: 'trust-list-not-in-recovery',
  noSigner: 'trust-list-none',
  keyElsewhere: 'recovery-key-elsewhere',
  exportedAlready: 'recovery-key-exported',
  notExported: 'recovery-key-not-exported',
  inUse: 'trust-list-in-recovery',
  otherPurpose: 'recovery-key-of-another-signer',
  unlisted: 'recovery-certificate-unlisted',
  beliefUnknown: 'recovery-belief-unknown',
} as const satisfies Readonly<Record<string, AdminApiErrorCode>>;

/** Who signs phones' files, and how another one comes to sign them. */
export function fileSignerRoutes(services: AdminApiServices): FastifyPluginAsyncZod {
  const { database, secretKey, capfSubject, now = () => new Date() } = services;
  const all = async () => ({
    items: await Promise.all((await listFileSigners(database.queries)).map((facts) => fileSignerView(services, facts))),
  });

  return async (app) => {
    const list = call(
      'viewer',
      'trust-lists',
      "List who signs phones' files",
      'Configuration files (tftp), trust lists (sast), and trust lists when that key is lost (recovery); the newest first.',
    );
    app.get(
      '/trust-list/signers',
      { config: list.config, schema: { ...list.described, response: { 200: fileSignerListSchema, ...problems() } } },
      all,
    );

    const stage = call(
      'administrator',
      'trust-lists',
      'Stage another signer',
      'The next trust list is signed by the old one and holds both. Once phones have fetched it, let it sign (switch). Until then a new SAST signer has the place of the recovery signer: two SAST records are all that phones take.',
    );
    app.post(
      '/trust-list/signers/:purpose/stage',
      {
        config: stage.config,
        schema: {
          ...stage.described,
          params: fileSignerParams,
          response: { 201: fileSignerListSchema, ...problems(400, 404, 409) },
        },
      },
      async (request, reply) => {
        await requireSigners(database);
        const { purpose } = request.params;
        const made = await makeFileSigner(purpose, capfSubject, now());
        const outcome = await stageFileSigner(await listChanges(services), secretKey, purpose, made, authorOf(request));
        if (outcome !== 'staged') throw new AdminApiError(refusals[outcome], purpose);
        return await reply.code(201).send(await all());
      },
    );

    const change = call(
      'administrator',
      'trust-lists',
      'Let the staged signer sign from now on',
      'The one before is retired and its key forgotten. Refused while devices that fetch their trust lists here have not fetched one that holds it.',
    );
    app.post(
      '/trust-list/signers/:purpose/switch',
      {
        config: change.config,
        schema: {
          ...change.described,
          params: fileSignerParams,
          body: signerSwitchSchema,
          response: { 200: fileSignerListSchema, ...problems(400, 409, 413, 415) },
        },
      },
      async (request) => {
        const { purpose } = request.params;
        requireOutcome(
          await switchFileSigner(await listChanges(services), purpose, request.body, authorOf(request)),
          'switched',
        );
        return await all();
      },
    );

    const discard = call('administrator', 'trust-lists', 'Forget the staged signer, with its key');
    app.delete(
      '/trust-list/signers/:purpose/staged',
      {
        config: discard.config,
        schema: {
          ...discard.described,
          params: fileSignerParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 409) },
        },
      },
      async (request, reply) => {
        const outcome = await discardFileSigner(database, request.params.purpose, authorOf(request));
        if (outcome !== 'discarded') throw new AdminApiError(refusals[outcome], request.params.purpose);
        await rebuildIfWritable(services, request.log);
        return await reply.code(204).send();
      },
    );

    const take = call(
      'administrator',
      'trust-lists',
      'Take the recovery key, once, to store it offline',
      'Encrypted with a passphrase of yours. It can be given out once only; then remove it here.',
    );
    app.post(
      '/trust-list/recovery/export',
      {
        config: take.config,
        schema: {
          ...take.described,
          body: recoveryExportSchema,
          response: { 200: recoveryKeySchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request) => {
        const lock = (der: Uint8Array): string => lockedKey(der, request.body.passphrase);
        const exported = await exportRecoveryKey(database, secretKey, lock, authorOf(request));
        if (exported.outcome !== 'exported') throw new AdminApiError(refusals[exported.outcome]);
        const { certificate, privateKey } = exported;
        return { certificate: toPem('CERTIFICATE', certificate), privateKey };
      },
    );

    const forget = call(
      'administrator',
      'trust-lists',
      'Remove the recovery key from the database',
      'Its certificate stays in trust lists. The key must have been exported.',
    );
    app.delete(
      '/trust-list/recovery/key',
      {
        config: forget.config,
        schema: {
          ...forget.described,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(404, 409) },
        },
      },
      async (request, reply) => {
        const outcome = await removeRecoveryKey(database, authorOf(request));
        if (outcome !== 'removed') throw new AdminApiError(refusals[outcome]);
        return await reply.code(204).send();
      },
    );

    const replace = call(
      'administrator',
      'trust-lists',
      'Put another recovery signer in the place of one whose key is lost',
      'The next trust list holds it; export its key then. Nobody has to wait for phones, since it signs nothing now.',
    );
    app.post(
      '/trust-list/recovery/replace',
      {
        config: replace.config,
        schema: { ...replace.described, response: { 201: fileSignerListSchema, ...problems(404, 409) } },
      },
      async (request, reply) => {
        const made = await makeFileSigner('recovery', capfSubject, now());
        const outcome = await replaceRecoverySigner(await listChanges(services), secretKey, made, authorOf(request));
        if (outcome !== 'replaced') throw new AdminApiError(refusals[outcome]);
        return await reply.code(201).send(await all());
      },
    );

    const begin = call(
      'administrator',
      'trust-lists',
      'Sign trust lists with a recovery key',
      'For phones whose lists hold its certificate and whose SAST key is lost, of this service or, with override, of one before it whose database is lost. The lists hold the SAST signer of this service too.',
    );
    app.post(
      '/trust-list/recovery/begin',
      {
        config: begin.config,
        schema: {
          ...begin.described,
          body: recoveryBeginSchema,
          response: { 200: fileSignerListSchema, ...problems(400, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => {
        const { keyPair, certificates } = await importKeyFile(
          Buffer.from(request.body.keyFile, 'base64'),
          request.body.passphrase,
        );
        const own = certificates
          .map((der) => readCertificate(der))
          .find(({ spki }) => Buffer.from(spki).equals(keyPair.spki));
        if (own === undefined) throw new AdminApiError('recovery-certificate-missing');
        createFileSigner(own, keyPair);
        // Not a phone's MIC, nor anything else that somebody else has vouched for: signers of lists vouch for themselves.
        if (!new X509Certificate(own.der).verify(createPublicKey(keyPair.privateKey)))
          throw new AdminApiError('recovery-certificate-not-self-signed', own.subject);
        const given = {
          certificate: own.der,
          publicKey: keyPair.spki,
          privateKey: exportPkcs8(keyPair.privateKey),
          algorithm: keyTypeName(keyPair.type),
        };
        const outcome = await beginRecovery(
          await listChanges(services),
          secretKey,
          given,
          request.body,
          authorOf(request),
        );
        if (outcome !== 'begun') throw new AdminApiError(refusals[outcome]);
        return await all();
      },
    );

    const end = call(
      'administrator',
      'trust-lists',
      'Let the SAST signer sign trust lists again',
      'Refused while devices that fetch their trust lists here have not fetched one that holds it.',
    );
    app.post(
      '/trust-list/recovery/end',
      {
        config: end.config,
        schema: {
          ...end.described,
          body: signerSwitchSchema,
          response: { 200: fileSignerListSchema, ...problems(400, 409, 413, 415) },
        },
      },
      async (request) => {
        requireOutcome(await endRecovery(await listChanges(services), request.body, authorOf(request)), 'ended');
        return await all();
      },
    );
  };
}

/** A key, DER PKCS#8, as PEM that this passphrase opens: nobody sees before it is needed whether it does, so that it is tried. */
function lockedKey(der: Uint8Array, passphrase: string): string {
  const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  const pem = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
  if (!createPrivateKey({ key: pem, passphrase }).equals(key)) throw new TypeError('a locked key is another one');
  return pem;
}

/** @throws AdminApiError `trust-list-not-fetched`, with the first devices by name, and the code of another refusal */
function requireOutcome<Done extends string, Refused extends keyof typeof refusals>(
  result: AfterFetches<Done, Refused>,
  done: Done,
): void {
  if (result.outcome === done) return;
  if (result.outcome === 'waiting' && 'fetches' in result) {
    throw heldBack({ outcome: 'waiting', fetches: result.fetches });
  }
  throw new AdminApiError(refusals[result.outcome as Refused | 'notListed']);
}
