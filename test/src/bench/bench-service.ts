import { type PrivateService, startPrivateService } from 'opencapf/private-service';
import { openServiceClient } from 'opencapf/service-client';

/** A private service whose devices have an install queued, of RSA 2048 and by null string. */
export interface BenchService extends AsyncDisposable {
  readonly service: PrivateService;
  /** Adds devices, queues for each, and returns their names. */
  prepare(count: number): Promise<readonly string[]>;
}

const callsAtOnce = 16;

/** @param databaseUrl - instead of an embedded server of its own */
export async function startBenchService(databaseUrl?: string): Promise<BenchService> {
  const service = await startPrivateService({ databaseUrl });
  const { admin, capfCertificate, token } = service;
  const client = openServiceClient({ server: admin, authority: capfCertificate, token });
  let devices = 0;
  const call = async (method: string, path: string, body: object): Promise<void> => {
    const { status } = await client.request(method, path, { type: 'application/json', content: JSON.stringify(body) });
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path} was answered ${status}`);
  };
  return {
    service,
    async prepare(count) {
      const names = Array.from({ length: count }, () => {
        devices += 1;
        return `SEPBE${devices.toString(16).toUpperCase().padStart(10, '0')}`;
      });
      const queue = [...names];
      const lane = async (): Promise<void> => {
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
          await call('PUT', `/v1/devices/${name}`, {});
          await call('POST', `/v1/devices/${name}/operations`, {
            operation: 'install',
            authenticationMode: 'nullString',
          });
        }
      };
      await Promise.all(Array.from({ length: callsAtOnce }, lane));
      return names;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await service[Symbol.asyncDispose]();
    },
  };
}
