import { z } from 'zod';
import { moment } from './common.js';

export const deviceFilesSchema = z
  .object({
    items: z.array(
      z.object({
        file: z
          .enum(['configuration', 'partial', 'itl', 'ctl'])
          .describe(
            'configuration: the full file, encrypted or not; partial: what stands for it while it goes out encrypted.',
          ),
        version: z.string().describe('Of what the file was built from: SHA-256, the first 16 hexadecimal digits.'),
        fetchedAt: moment,
        address: z
          .string()
          .nullable()
          .describe(
            'IP address that it was fetched from. Anybody may fetch the files of a phone: one that is not where the phone is says that it was somebody else.',
          ),
        outdated: z.boolean().describe('Whether another would be served now.'),
      }),
    ),
  })
  .meta({
    id: 'DeviceFiles',
    examples: [
      {
        items: [
          {
            file: 'itl',
            version: '0123456789abcdef',
            fetchedAt: '2026-11-27T18:00:00.000Z',
            address: '192.0.2.17',
            outdated: false,
          },
        ],
      },
    ],
  });
