import { z } from 'zod';
import type { ClientOutcome } from '../authority-client.js';
import { type AuthorityKindDefinition, commonConfiguration } from './common.js';

const configuration = z.strictObject(commonConfiguration);
const secrets = z.strictObject({});

/**
 * An authority that only people reach: requests are PKCS#10, downloaded and brought to it by hand, and so are the certificates
 * on their way back. There is nothing to ask it again.
 */
export const offline: AuthorityKindDefinition<typeof configuration, typeof secrets> = {
  configuration,
  secrets,
  open(_configuration, _secrets, { randomBytes }) {
    const byHand = async ({ reference }: { readonly reference: string }): Promise<ClientOutcome> => ({
      state: 'pending',
      pollReference: reference,
      retryAfter: Number.POSITIVE_INFINITY,
    });
    return {
      async compose({ deviceName, spki, certificationRequest }) {
        const reference = Buffer.from(randomBytes(16)).toString('hex');
        return { deviceName, spki, request: await certificationRequest(), reference };
      },
      submit: byHand,
      reconcile: byHand,
      async *check() {
        yield {
          name: 'settings',
          outcome: 'ok',
          detail: 'Requests are downloaded, certificates uploaded: nothing else is tried.',
        };
      },
      close: async () => undefined,
    };
  },
};
