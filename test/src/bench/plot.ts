import type { BenchReport, EnrolmentFigures, GrowthFigures, WaitingFigures } from './report.js';

const width = 720;
const barHeight = 18;
const labelWidth = 300;
const colours = ['#4e79a7', '#f28e2b', '#59a14f'];

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly colour: number;
}

interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** The figures as bars, in SVG. */
export function plot({ enrolment, waiting, growth }: BenchReport): string {
  const charts = [
    ...(enrolment ? [costChart(enrolment)] : []),
    ...(waiting ? [memoryChart(waiting)] : []),
    ...(growth ? [growthChart(growth)] : []),
  ];
  let y = 0;
  const parts: string[] = [];
  for (const chart of charts) {
    parts.push(`<g transform="translate(0 ${y})">${drawn(chart)}</g>`);
    y += 40 + chart.bars.length * (barHeight + 4);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="12">
<title>Figures of the bench</title>
<rect width="${width}" height="${y}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

function costChart({ serverMs, floorMs, postgresMs }: EnrolmentFigures): Chart {
  const bars = [
    { label: 'floor: TLS and one signature', value: floorMs },
    { label: 'server', value: serverMs },
    { label: 'PostgreSQL', value: postgresMs },
  ];
  return {
    title: 'Processor time for each enrolment, milliseconds',
    bars: bars.map((bar, colour) => ({ ...bar, text: String(bar.value), colour })),
  };
}

function memoryChart(waiting: readonly WaitingFigures[]): Chart {
  return {
    title: 'Resident memory for each phone in key generation, KB',
    bars: waiting.map(({ phones, bytesEach }) => ({
      label: `${phones.toLocaleString('en')} phones`,
      ...{ value: bytesEach, text: (bytesEach / 1024).toFixed(1), colour: 0 },
    })),
  };
}

function growthChart(growth: readonly GrowthFigures[]): Chart {
  const names = Object.keys(growth[0]?.calls ?? {});
  const bars = ['enrolment', ...names].flatMap((name) =>
    growth.map(({ devices, calls, enrolment }, colour) => {
      const { costMs } = (name === 'enrolment' ? enrolment : calls[name]) ?? { costMs: 0 };
      const size = devices.toLocaleString('en');
      return {
        label: colour === 0 ? `${name}, at ${size}` : `at ${size}`,
        value: costMs,
        text: String(costMs),
        colour,
      };
    }),
  );
  return { title: 'Processor time for each call as a site grows, milliseconds', bars };
}

function drawn({ title, bars }: Chart): string {
  const longest = Math.max(...bars.map(({ value }) => value), Number.EPSILON);
  const room = width - labelWidth - 70;
  const rows = bars.map(({ label, value, text, colour }, index) => {
    const y = 30 + index * (barHeight + 4);
    const length = Math.max(1, (value / longest) * room).toFixed(1);
    return `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>
<rect x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" fill="${colours[colour % colours.length]}"/>
<text x="${labelWidth + Number(length) + 6}" y="${y + 13}">${text}</text>`;
  });
  return `<text x="8" y="18" font-weight="bold">${escaped(title)}</text>\n${rows.join('\n')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
