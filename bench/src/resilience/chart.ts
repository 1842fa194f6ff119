/** A chart of lines over a common x axis, as a picture of its own. */
export interface Chart {
  readonly title: string;
  /** What the axes show, with units. */
  readonly x: string;
  readonly y: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 80, right: 660, top: 44, bottom: 360 } as const;
const TICKS = 5;
/** More points than pixels show nothing more. */
const MAX_POINTS = 580;
/** Distinct also for readers who see few colours, and on white and black. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#8c564b'];

/** Draws the chart as SVG 1.1. Axes begin at zero. */
export function lineChart({ title, x, y, series }: Chart): string {
  const all = series.flatMap(({ points }) => points);
  const right = roundUp(Math.max(0, ...all.map(([at]) => at)));
  const top = roundUp(Math.max(0, ...all.map(([, value]) => value)));
  const atX = (value: number): number => PLOT.left + (value / right) * (PLOT.right - PLOT.left);
  const atY = (value: number): number => PLOT.bottom - (value / top) * (PLOT.bottom - PLOT.top);
  const lines = series.map(({ points }, index) => {
    const path = thinned(points).map(([px, py]) => `${atX(px).toFixed(1)},${atY(py).toFixed(1)}`);
    return `<polyline fill="none" stroke="${colour(index)}" stroke-width="1.5" points="${path.join(' ')}"/>`;
  });
  const legend = series.map(({ name }, index) => {
    const lineY = PLOT.top + 10 + index * 20;
    const mark = `<rect x="${PLOT.right + 20}" y="${lineY - 9}" width="12" height="12" fill="${colour(index)}"/>`;
    return mark + text(PLOT.right + 38, lineY + 1, name);
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => index / TICKS).flatMap((share) => [
    `<path stroke="#ddd" d="M${PLOT.left} ${atY(share * top)}H${PLOT.right}"/>`,
    text(PLOT.left - 8, atY(share * top) + 4, label(share * top), 'end'),
    text(atX(share * right), PLOT.bottom + 18, label(share * right), 'middle'),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${PLOT.left}" y="24" font-size="16">${escaped(title)}</text>`,
    ...ticks,
    `<path stroke="#333" fill="none" d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}"/>`,
    ...lines,
    ...legend,
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, x, 'middle'),
    `<text transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
    '</svg>\n',
  ].join('\n');
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function text(x: number, y: number, content: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function label(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten, so that a fifth of it is a round number too. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= value) ?? 10);
}

function thinned<T>(points: readonly T[]): readonly T[] {
  const step = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
