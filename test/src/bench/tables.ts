import { ratio } from './judgement.js';
import type {
  AuthorityFigures,
  BenchReport,
  Circumstances,
  EnrolmentFigures,
  FileFigures,
  FreshFigures,
  GrowthFigures,
  QueueingFigures,
  Times,
  WaitingFigures,
  WorkerFigures,
} from './report.js';

type Row = readonly (string | number)[];

/** The figures for people, as Markdown: a section a part. */
export function tables({ enrolment, workers, waiting, authority, queueing, growth, files }: BenchReport): string {
  return [
    ...(enrolment ? enrolmentSection(enrolment) : []),
    ...(workers?.[0] ? workerSection(workers, workers[0]) : []),
    ...(waiting?.[0] ? waitingSection(waiting, waiting[0]) : []),
    ...(authority ? authoritySection(authority) : []),
    ...(queueing ? queueingSection(queueing) : []),
    ...(growth?.[0] ? growthSection(growth, growth[0]) : []),
    ...(files ? fileSection(files) : []),
  ].join('\n');
}

function enrolmentSection(figures: EnrolmentFigures): readonly string[] {
  const { enrolments, concurrency, failed, serverMs, floorMs, postgresMs, perSecond, statements, roundTrips } = figures;
  return [
    ...heading('An enrolment', figures),
    ...table(
      ['figure', 'value'],
      [
        ['server processor time for each enrolment', `${serverMs} ms`],
        ['floor: a bare TLS server with one signature', `${floorMs} ms`],
        ["PostgreSQL's processor time", `${postgresMs} ms`],
        ['statements, round trips', `${statements}, ${roundTrips}`],
        [`enrolments per second, ${concurrency} at once`, perSecond],
        [`lost or failed of ${enrolments}`, failed],
      ],
    ),
    ...table(
      ['milliseconds', `p50, ${concurrency} at once`, 'p99', 'p99.9', 'p50, one at a time', 'p99', 'p99.9'],
      Object.entries(figures.together).map(([step, times]) => [step, ...shown(times), ...shown(figures.alone[step])]),
    ),
  ];
}

function workerSection(figures: readonly WorkerFigures[], where: Circumstances): readonly string[] {
  return [
    ...heading('Workers', where),
    ...table(
      ['OPENCAPF_WORKERS', 'enrolments per second', 'server processor time each, ms', 'failed'],
      figures.map(({ workers, perSecond, serverMs, failed }) => [workers, perSecond, serverMs, failed]),
    ),
  ];
}

function waitingSection(figures: readonly WaitingFigures[], where: Circumstances): readonly string[] {
  return [
    ...heading('Phones in key generation', where),
    ...table(
      ['phones', 'bytes of resident memory each', 'finished'],
      figures.map(({ phones, bytesEach, finished }) => [grouped(phones), grouped(bytesEach), grouped(finished)]),
    ),
    ...table(
      ['fresh phones', 'count', 'a second', 'failed', 'visit p50, ms', 'p99', 'p99.9'],
      figures.flatMap(({ phones, releasedPerSecond, meanwhile, finishing }) => [
        freshRow(`while ${grouped(phones)} wait`, meanwhile),
        freshRow(`while ${grouped(phones)} finish, ${releasedPerSecond} a second`, finishing),
      ]),
    ),
  ];
}

function authoritySection(figures: AuthorityFigures): readonly string[] {
  const { phones, seconds, makingKeys, waiting, waitingAsUsual } = figures;
  const rows = [
    [`make their keys for ${seconds} s`, makingKeys],
    [`wait for an authority that answers after ${seconds} s, asked for all at once`, waiting],
    ['wait for the same, asked for as many at once as by default (16)', waitingAsUsual],
  ] as const;
  return [
    ...heading('An authority that is slow', figures),
    ...table(
      [`${phones} phones that`, 'finished', 'visits', 'bytes held each', 'bytes resident each, at the peak'],
      rows.map(([what, { finished, visits, heldBytesEach, peakBytesEach }]) => [
        ...[what, finished, visits],
        ...[grouped(heldBytesEach), grouped(peakBytesEach)],
      ]),
    ),
    ...table(
      [
        'processor time each, ms',
        'server, 12 s idle',
        'server, 12 s of waiting',
        'PostgreSQL, 12 s of waiting',
        'server, from coming to certificate',
        'PostgreSQL, the same',
      ],
      rows.map(([what, { idleServerMs, waitingServerMs, waitingPostgresMs, serverMs, postgresMs }]) => [
        ...[what, idleServerMs, waitingServerMs, waitingPostgresMs, serverMs, postgresMs],
      ]),
    ),
  ];
}

function freshRow(when: string, figures: FreshFigures | undefined): Row {
  return [when, figures?.count ?? 0, figures?.perSecond ?? '-', figures?.failed ?? '-', ...shown(figures?.times)];
}

function queueingSection(figures: QueueingFigures): readonly string[] {
  const { operations, seconds, callsAtOnce, call } = figures;
  return [
    ...heading('Queueing', figures),
    ...table(
      ['operations', 'calls at once', 'seconds', 'per second', 'p50, ms', 'p99', 'p99.9'],
      [[grouped(operations), callsAtOnce, seconds, Math.round(operations / seconds), ...shown(call)]],
    ),
  ];
}

function fileSection(figures: FileFigures): readonly string[] {
  const { devices, encrypted, asked, firstPerSecond, keptPerSecond, mixedRequests, mixedAtOnce, mixedPerSecond } =
    figures;
  const { transfers, lossOneIn, transfersComplete, transferSeconds } = figures;
  return [
    ...heading("Phones' files", figures),
    ...table(
      [`${grouped(asked)} files of ${grouped(devices)} devices`, 'a second', 'p50, ms', 'p99', 'p99.9'],
      [
        [`asked for the first time (${encrypted} encrypted)`, firstPerSecond, ...shown(figures.first)],
        ['kept', keptPerSecond, ...shown(figures.kept)],
        ['floor of kept ones', keptPerSecond, ...shown(figures.floor)],
      ],
    ),
    ...table(
      ['figure', 'value'],
      [
        ["server's processor time for each kept file", `${figures.keptServerMs} ms`],
        ["PostgreSQL's", `${figures.keptPostgresMs} ms`],
        [`mixed files per second, ${grouped(mixedRequests)}, ${mixedAtOnce} at once`, mixedPerSecond],
        [
          `TFTP transfers that completed of ${transfers} at once, one packet in ${lossOneIn} lost`,
          `${transfersComplete} in ${transferSeconds} s`,
        ],
      ],
    ),
  ];
}

function growthSection(figures: readonly GrowthFigures[], small: GrowthFigures): readonly string[] {
  const large = figures.at(-1) ?? small;
  const row = (name: string, of: (at: GrowthFigures) => GrowthFigures['enrolment'] | undefined): Row => {
    const last = of(large);
    return [
      name,
      ...figures.map((at) => of(at)?.costMs ?? '-'),
      last === undefined ? '-' : ratio(last, of(small)),
      ...figures.map((at) => of(at)?.p50 ?? '-'),
    ];
  };
  const sizes = figures.map(({ devices }) => grouped(devices));
  return [
    ...heading('From a small site to a large one', small),
    'Processor time of server and PostgreSQL for each call, the last against the first, and how long it took (p50), in milliseconds.',
    '',
    ...table(
      ['call', ...sizes.map((size) => `cost at ${size}`), 'times', ...sizes.map((size) => `p50 at ${size}`)],
      [
        row('enrolment', ({ enrolment }) => enrolment),
        ...Object.keys(small.calls).map((name) => row(name, ({ calls }) => calls[name])),
      ],
    ),
  ];
}

function heading(title: string, { processors, node, day }: Circumstances): readonly string[] {
  return [`### ${title}`, '', `${day}, ${processors}, Node ${node}.`, ''];
}

function table(heads: readonly string[], rows: readonly Row[]): readonly string[] {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line), ''];
}

function shown(times: Times | undefined): Row {
  return times === undefined ? ['-', '-', '-'] : [times.p50, times.p99, times.p999];
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
