import { type CapfTrust, readCapfTrust } from '@opencapf/phone';
import type { DeviceRow, ScenarioTarget } from '@opencapf/phone/scenario';
import pg from 'pg';
import { type PrivateServiceOptions, startPrivateService } from './private-service.js';
import { openServiceClient, type ServiceClient } from './service-client.js';

/** A service that scenarios can be run against until it is disposed of. */
export interface OpenTarget extends AsyncDisposable {
  readonly target: ScenarioTarget;
}

/** Starts a private service for scenarios. Rejects when it cannot be started. */
export async function privateTarget(options: PrivateServiceOptions = {}): Promise<OpenTarget> {
  const service = await startPrivateService(options);
  const { admin, capfCertificate, token, capf } = service;
  const client = openServiceClient({ server: admin, authority: capfCertificate, token });
  const database = new pg.Pool({ ...service.database, max: 2 });
  database.on('error', () => {}); // a statement that needs the connection says it again
  return {
    target: {
      capf,
      trust: readCapfTrust(Buffer.from(capfCertificate)),
      request: client.request,
      readRow: (device) => readRow(database, device),
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await database.end();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** A running service. @param capf - where its phones knock. Rejects when it does not show its CAPF certificate. */
export async function runningTarget(client: ServiceClient, capf: ScenarioTarget['capf']): Promise<OpenTarget> {
  const trust = await fetchTrust(client);
  return { target: { capf, trust, request: client.request }, [Symbol.asyncDispose]: () => client.close() };
}

/** What phones of this service trust. Rejects when it does not show its CAPF certificate. */
export async function fetchTrust(client: ServiceClient): Promise<CapfTrust> {
  const { status, body } = await client.get('/v1/capf-certificate');
  if (status === 200 && typeof body === 'string') return readCapfTrust(Buffer.from(body));
  const code = typeof body === 'object' && body !== null && 'code' in body ? ` ${body.code}` : '';
  const hint = status === 401 ? '; OPENCAPF_TOKEN must hold a token of this service' : '';
  throw new Error(`${client.server} answered ${status}${code} when it was asked for the CAPF certificate${hint}`);
}

/** What a builder of configuration files reads (docs/tftp-builder-contract.md). */
async function readRow(database: pg.Pool, device: string): Promise<DeviceRow | undefined> {
  const { rows } = await database.query<DeviceRow>(
    `select md5hash, public_key_md5 as "publicKeyMd5", certificate_type as "certificateType",
       reset_required as "resetRequired"
     from device where name = $1`,
    [device],
  );
  return rows[0];
}
