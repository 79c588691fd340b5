import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { run } from '../main.js';
import type { Terminal } from '../surroundings.js';

/** A call that a command made. */
export interface RecordedCall {
  /** Method and path with its query. */
  readonly call: string;
  readonly type: string | undefined;
  /** What was asked for, where a command says so. */
  readonly accept?: string;
  readonly body: Buffer;
}

/** What a command said, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A service that notes what commands ask of it and answers what a test says. */
export class RecordingService implements AsyncDisposable {
  readonly calls: RecordedCall[] = [];
  status = 200;
  /** JSON, bytes as they are, or what makes JSON of a call. */
  answer: unknown = {};
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, reply) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const { method, url, headers } = request;
      this.calls.push({
        call: `${method} ${url}`,
        type: headers['content-type'],
        body: Buffer.concat(chunks),
        ...(headers.accept === undefined ? {} : { accept: headers.accept }),
      });
      const answer = this.status < 300 ? this.#answerTo(`${method} ${url}`) : { detail: 'not this one' };
      if (answer instanceof Uint8Array) reply.writeHead(this.status).end(answer);
      else {
        reply
          .writeHead(this.status, { 'content-type': 'application/json' })
          .end(this.status === 204 ? '' : JSON.stringify(answer));
      }
    });
  }

  #answerTo(call: string): unknown {
    return typeof this.answer === 'function' ? this.answer(call) : this.answer;
  }

  static async start(): Promise<RecordingService> {
    const service = new RecordingService();
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  /** Runs `opencapf` against it, in this process. @param typedIn - the working directory */
  async run(args: readonly string[], typedIn: string = tmpdir(), terminal: Partial<Terminal> = {}): Promise<Ran> {
    const { port } = this.#server.address() as AddressInfo;
    const said = { out: '', err: '' };
    const code = await run(
      args,
      {
        stdin: Readable.from([]),
        stdout: { write: (text) => (said.out += Buffer.from(text).toString()) },
        stderr: { write: (text) => (said.err += Buffer.from(text).toString()) },
        ...terminal,
        env: {
          OPENCAPF_SERVER: `http://127.0.0.1:${port}`,
          OPENCAPF_TOKEN: 'token-of-sixteen-or-more',
          ...terminal.env,
        },
      },
      typedIn,
    );
    return { code, ...said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
