import type { GeneratorReport, Percentiles } from '@opencapf/phone/load';

/** What the bench found, part by part: the JSON that it prints. Times are in milliseconds, memory in bytes. */
export interface BenchReport {
  readonly enrolment?: EnrolmentFigures;
  readonly workers?: readonly WorkerFigures[];
  readonly waiting?: readonly WaitingFigures[];
  readonly authority?: AuthorityFigures;
  readonly queueing?: QueueingFigures;
  readonly growth?: readonly GrowthFigures[];
  readonly files?: FileFigures;
}

/** Where and when a part was measured. */
export interface Circumstances {
  readonly processors: string;
  readonly node: string;
  /** ISO 8601, the day. */
  readonly day: string;
}

/** Times of a step, or of a call. */
export type Times = Pick<Percentiles, 'p50' | 'p99' | 'p999'>;

export interface EnrolmentFigures extends Circumstances {
  readonly enrolments: number;
  readonly concurrency: number;
  readonly failed: number;
  /** Processor time each: of the server, of a bare TLS server with one signature, of PostgreSQL beside the server. */
  readonly serverMs: number;
  readonly floorMs: number;
  readonly postgresMs: number;
  readonly perSecond: number;
  readonly statements: number;
  readonly roundTrips: number;
  /** By step, seen from the phone. */
  readonly together: Readonly<Record<string, Times>>;
  readonly alone: Readonly<Record<string, Times>>;
  readonly bottleneck: GeneratorReport['bottleneck'];
}

export interface WorkerFigures extends Circumstances {
  readonly workers: number;
  readonly enrolments: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly serverMs: number;
}

export interface WaitingFigures extends Circumstances {
  readonly phones: number;
  /** How many of them installed their LSC in the end. */
  readonly finished: number;
  readonly bytesEach: number;
  /** How fast they went on when they had their key. */
  readonly releasedPerSecond: number;
  /** Phones that came while the others waited, and while those finished. */
  readonly meanwhile?: FreshFigures | undefined;
  readonly finishing?: FreshFigures | undefined;
}

/** Phones that came beside those that waited; no times when none succeeded. */
export interface FreshFigures {
  readonly count: number;
  /** How many came a second. */
  readonly perSecond: number;
  readonly failed: number;
  readonly times?: Times | undefined;
}

/** Phones' files, seen from the client on the same machine. */
export interface FileFigures extends Circumstances {
  readonly devices: number;
  /** Of them, with encryption on. */
  readonly encrypted: number;
  /** Files asked for, each the first time and then again, so many a second. */
  readonly asked: number;
  readonly firstPerSecond: number;
  readonly keptPerSecond: number;
  readonly first: Times;
  readonly kept: Times;
  /** Of a bare HTTP server that asks PostgreSQL one question for each file, at the same pace right after. */
  readonly floor: Times;
  /** Processor time for each kept file. */
  readonly keptServerMs: number;
  readonly keptPostgresMs: number;
  /** Configurations of all devices at random, encrypted ones, trust lists and static files. */
  readonly mixedRequests: number;
  readonly mixedAtOnce: number;
  readonly mixedPerSecond: number;
  /** By TFTP at once, while one packet in so many is lost. */
  readonly transfers: number;
  readonly lossOneIn: number;
  readonly transfersComplete: number;
  readonly transferSeconds: number;
}

/** What phones cost that make keys, or wait for an authority; for each of them. */
export interface WaitCost {
  readonly finished: number;
  readonly visits: number;
  /** What heap and buffers of the service hold while all wait, garbage collected, beyond that of before. OpenSSL's is not in it. */
  readonly heldBytesEach: number;
  /** Resident memory of the service at its most, from the first phone until all have waited, beyond that of before; garbage is in it. */
  readonly peakBytesEach: number;
  /** Processor time in 12 s of an idle service. */
  readonly idleServerMs: number;
  /** In 12 s of waiting, from when all wait and those of an authority were hung up on; what an idle service uses is in it. */
  readonly waitingServerMs: number;
  readonly waitingPostgresMs: number;
  /** From the first phone until all have certificates, without what an idle service uses. */
  readonly serverMs: number;
  readonly postgresMs: number;
}

export interface AuthorityFigures extends Circumstances {
  readonly phones: number;
  /** How long the authority took for each answer, and how long keys were made. */
  readonly seconds: number;
  readonly makingKeys: WaitCost;
  /** The authority is asked for all at once. */
  readonly waiting: WaitCost;
  /** The authority is asked for as many at once as by default. */
  readonly waitingAsUsual: WaitCost;
  /** Keys that the authority certified more than once. */
  readonly certifiedTwice: number;
}

export interface QueueingFigures extends Circumstances {
  readonly operations: number;
  readonly seconds: number;
  readonly callsAtOnce: number;
  readonly call: Times;
}

/** A call at a size of the site. */
export interface CallFigures {
  /** Processor time of server and PostgreSQL. */
  readonly costMs: number;
  readonly p50: number;
  readonly p99: number;
}

export interface GrowthFigures extends Circumstances {
  readonly devices: number;
  readonly calls: Readonly<Record<string, CallFigures>>;
  readonly enrolment: CallFigures;
}

/** To two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What of a load's percentiles is reported. */
export function timesOf({ p50, p99, p999 }: Percentiles): Times {
  return { p50, p99, p999 };
}
