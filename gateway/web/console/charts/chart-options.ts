import uPlot from 'uplot';
import type { ChartSeries } from './chart-series.ts';

interface Shown {
  series: readonly ChartSeries[];
  format: (value: number) => string;
  isStepped?: boolean;
  leastSpanMs?: number;
}

/** Round steps for the value axis. */
const STEPS = [0.1, 0.5, ...Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()];

/** A canvas does not resolve custom properties, so the colours are read from `box`. */
export function chartOptions(box: HTMLElement, { series, format, isStepped, leastSpanMs = 30_000 }: Shown): uPlot.Options {
  const colour = (property: string) => resolve(box, `var(${property})`);
  const axis: uPlot.Axis = {
    stroke: colour('--ink-2'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px Inter, system-ui, sans-serif',
  };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    // Half of the last time label extends beyond the axis.
    padding: [8, 30, 0, 0],
    scales: {
      x: { time: true, range: ({ data: [times] }) => timeRange(times, leastSpanMs) },
      y: { range: (_chart, _min, max) => [0, Math.max(max * 1.08, 1)] },
    },
    axes: [
      { ...axis, size: 28, space: 70, values: (_chart, splits) => splits.map(timeOfDay) },
      {
        ...axis,
        size: 58,
        space: 34,
        incrs: isStepped === true ? STEPS.slice(2) : STEPS,
        values: (_chart, splits) => splits.map((value) => (value === null ? '' : format(value))),
      },
    ],
    series: [{}, ...series.map((each) => line(each, colour, isStepped === true))],
  };
}

/** First and last second of the axis. uPlot's suggestion for a single time spans a thousand days. */
export function timeRange(times: ArrayLike<number>, leastSpanMs: number): [number, number] {
  const last = times[times.length - 1] ?? 0;
  return [Math.min(times[0] ?? 0, last - leastSpanMs / 1_000), last];
}

function line(
  { label, colour: property, isDashed }: ChartSeries,
  colour: (property: string) => string,
  isStepped: boolean,
): uPlot.Series {
  const stepped = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label,
    stroke: colour(property),
    width: 2,
    points: { show: false },
    ...(isDashed === true ? { dash: [6, 4] } : {}),
    ...(stepped === undefined ? {} : { paths: stepped }),
  };
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

function resolve(box: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
