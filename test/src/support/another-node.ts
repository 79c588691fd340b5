import type { Enrolments } from './enrolments.js';
import { type ListeningAt, ServiceProcess } from './service-process.js';

/** A further node on the database of {@link Enrolments}. It must be disposed of before them. */
export class AnotherNode implements AsyncDisposable {
  private constructor(
    readonly service: ServiceProcess,
    readonly at: ListeningAt,
  ) {}

  /**
   * @param name - tells its data from that of other nodes
   * @param settings - beside those of all nodes
   */
  static async start(
    enrolments: Enrolments,
    name = 'other',
    settings: Readonly<Record<string, string>> = {},
  ): Promise<AnotherNode> {
    const service = new ServiceProcess({
      dataDir: enrolments.dataDir(name),
      settings: { ...enrolments.nodeSettings, ...settings },
    });
    try {
      return new AnotherNode(service, await service.ready());
    } catch (fault) {
      await service[Symbol.asyncDispose]();
      throw fault;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
  }
}
