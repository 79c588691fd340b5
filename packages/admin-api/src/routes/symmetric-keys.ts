import { randomBytes } from 'node:crypto';
import { deleteSymmetricKey, readDevice, readPhoneStanding, readSymmetricKey, setSymmetricKey } from '@opencapf/store';
import { encryptionMethods, findModel, readSymmetricKeyText, symmetricKeyBits } from '@opencapf/tftp';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf } from '../administrator.js';
import { kindOfDevice } from '../device-name.js';
import { AdminApiError } from '../errors.js';
import { readFileServing } from '../file-serving.js';
import { judgePhone } from '../judged-settings.js';
import { call, problems } from '../route-schema.js';
import { givenKeySchema, keyQuery, savedKeySchema, symmetricKeySchema } from '../schemas/configuration.js';
import { deviceParams } from '../schemas/device.js';
import type { AdminApiServices } from '../services.js';

const usualBits = 128;

export function symmetricKeyRoutes({ database, secretKey }: AdminApiServices): FastifyPluginAsyncZod {
  return async (app) => {
    const set = call(
      'administrator',
      'configuration files',
      'Set the symmetric key of a phone without a key of its own',
      'Somebody enters the same on the phone. It is set once: the source documents advise against changing it. Where no layout of such files is known, none is built.',
    );
    app.put(
      '/devices/:name/symmetric-key',
      {
        config: set.config,
        schema: {
          ...set.described,
          params: deviceParams,
          querystring: keyQuery,
          body: givenKeySchema,
          response: { 201: savedKeySchema, ...problems(400, 404, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        const force = request.query.force === true;
        const standing = await readPhoneStanding(database, name);
        if (standing === undefined) throw new AdminApiError('device-unknown', name);
        const { model, protocol } = standing;
        const isAble = encryptionMethods(findModel(model), protocol).includes('manualKey');
        if (!force && !isAble) {
          throw new AdminApiError('combination-unless-forced', `${model ?? ''} takes no key that is entered by hand`);
        }
        const taken = symmetricKeyBits(model, protocol);
        const given = request.body?.key;
        const key =
          given === undefined
            ? randomBytes((request.body?.bits ?? taken ?? usualBits) / 8)
            : readSymmetricKeyText(given);
        const bits = bitsOf(key);
        if (taken !== undefined && bits !== taken) {
          throw new AdminApiError('symmetric-key-size-wrong', `${bits} bits, the model takes ${taken}`);
        }
        if (bits !== (request.body?.bits ?? bits)) {
          throw new AdminApiError('symmetric-key-size-wrong', `${bits} bits, and "bits" says ${request.body?.bits}`);
        }
        // Force that the model needed says nothing of a key that is there.
        const replace = request.query.replace ?? (force && isAble);
        const outcome = await setSymmetricKey(database, secretKey, name, key, replace, authorOf(request));
        if (outcome === 'deviceUnknown') throw new AdminApiError('device-unknown', name);
        if (outcome === 'alreadySet') throw new AdminApiError('symmetric-key-already-set', name);
        const findings = judgePhone({ ...standing, hasSymmetricKey: true }, await readFileServing(database));
        const warnings = findings.map(({ code, message }) => ({ code, message }));
        const shown = given === undefined ? { key: key.toString('hex') } : {};
        return await reply.code(201).send({ device: name, bits, ...shown, warnings });
      },
    );

    const read = call(
      'administrator',
      'configuration files',
      'Read the symmetric key of a phone',
      'For whoever enters it on the phone. The audit says who read it.',
    );
    app.get(
      '/devices/:name/symmetric-key',
      {
        config: read.config,
        schema: {
          ...read.described,
          params: deviceParams,
          response: { 200: symmetricKeySchema, ...problems(400, 404) },
        },
      },
      async (request) => {
        const { name } = request.params;
        kindOfDevice(name);
        const found = await readSymmetricKey(database, secretKey, name, authorOf(request));
        if (found === undefined) {
          if ((await readDevice(database, name)) === undefined) throw new AdminApiError('device-unknown', name);
          throw new AdminApiError('symmetric-key-none', name);
        }
        const { key, createdAt, createdBy } = found;
        return { device: name, bits: bitsOf(key), key: key.toString('hex'), createdAt, createdBy };
      },
    );

    const remove = call(
      'administrator',
      'configuration files',
      'Forget the symmetric key of a phone',
      'Somebody clears it on the phone, which asks for the encrypted file as long as it has one.',
    );
    app.delete(
      '/devices/:name/symmetric-key',
      {
        config: remove.config,
        schema: {
          ...remove.described,
          params: deviceParams,
          response: { 204: z.undefined().describe('It is gone.'), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        kindOfDevice(name);
        const outcome = await deleteSymmetricKey(database, name, authorOf(request));
        if (outcome === 'deviceUnknown') throw new AdminApiError('device-unknown', name);
        if (outcome === 'none') throw new AdminApiError('symmetric-key-none', name);
        return await reply.code(204).send();
      },
    );
  };
}

function bitsOf({ length }: Uint8Array): 128 | 256 {
  return length === 32 ? 256 : 128;
}
