import t from 'tap';
import { lineChart } from '../../src/resilience/chart.ts';

t.test('a chart is well-formed, has a line for each series, and shows hostile names as text', async (t) => {
  const svg = lineChart({
    title: 'a < b & c',
    x: 'minutes',
    y: 'MiB',
    series: [
      {
        name: 'one',
        points: [
          [0, 0],
          [10, 100],
        ],
      },
      { name: '</svg>', points: [[5, 50]] },
    ],
  });
  t.equal(svg.match(/<polyline /g)?.length, 2);
  t.match(svg, /a &lt; b &amp; c/);
  t.match(svg, /&lt;\/svg>/);
  t.equal(svg.match(/<\/svg>/g)?.length, 1);
  t.notMatch(svg, /NaN|Infinity|undefined/);
});

t.test('a point is where the axes say', async (t) => {
  const svg = lineChart({
    title: '',
    x: '',
    y: '',
    series: [
      {
        name: 'diagonal',
        points: [
          [0, 0],
          [10, 10],
        ],
      },
    ],
  });
  // From the origin, bottom left, to the end of both axes, top right.
  t.match(svg, /points="80\.0,360\.0 660\.0,44\.0"/);
});

t.test(
  'thousands of points are drawn as no more than the picture can show, the last one among them',
  async (t) => {
    const points = Array.from({ length: 10_000 }, (_, index) => [index, index] as const);
    const svg = lineChart({ title: '', x: '', y: '', series: [{ name: 'many', points }] });
    const drawn = /points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
    t.ok(drawn.length > 500 && drawn.length < 600, `${drawn.length} points`);
    t.equal(drawn.at(-1), '659.9,44.0');
  },
);

t.test('no points make an empty chart', async (t) => {
  t.notMatch(lineChart({ title: '', x: '', y: '', series: [] }), /NaN|Infinity/);
});
