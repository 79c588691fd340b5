import { Latencies, type Percentiles } from '@opencapf/phone/load';
import type { ServiceClient } from 'opencapf/service-client';

/** A call of the admin API. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** Makes calls, so many at once, and says how long they took. Rejects when one is refused. */
export async function timedCalls(client: ServiceClient, calls: readonly Call[], atOnce: number): Promise<Percentiles> {
  const latencies = new Latencies();
  let begun = 0;
  const lane = async (): Promise<void> => {
    for (let call = calls[begun]; call !== undefined; call = calls[begun]) {
      begun += 1;
      const { method, path, body } = call;
      const start = performance.now();
      const content = body && { type: 'application/json', content: JSON.stringify(body) };
      const { status } = await client.request(method, path, content);
      latencies.record('call', performance.now() - start);
      if (status < 200 || status > 299) throw new Error(`${method} ${path} was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { call } = latencies.percentiles();
  if (call === undefined) throw new Error('no call was made');
  return call;
}
