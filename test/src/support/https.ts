import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

/** GET over HTTP or HTTPS, trusting only the given certificate. */
export function get(url: string, ca?: string): Promise<{ readonly status: number; readonly body: string }> {
  const request = url.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve, reject) => {
    request(url, { ...(ca === undefined ? {} : { ca }), agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    }).on('error', reject);
  });
}
