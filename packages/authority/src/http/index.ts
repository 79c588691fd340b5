export type { HttpAnswer, HttpRequest } from './exchange.js';
export { type HttpClient, type HttpClientSettings, type HttpConnection, openHttpClient } from './http-client.js';
export { plainWords } from './plain-words.js';
export { readRetryAfter } from './retry-after.js';
export { statusFailure } from './status-failure.js';
