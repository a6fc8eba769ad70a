import 'uplot/dist/uPlot.min.css';
import './chart.css';
import uPlot from 'uplot';
import { computed, defineComponent, onBeforeUnmount, onMounted, shallowRef, watch } from 'vue';
import { theme } from '../../shared/ui/theme.ts';
import { chartOptions } from './chart-options.ts';
import type { ChartSeries } from './chart-series.ts';

interface TimeChartProps {
  title: string;
  /** ms, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  /** Formats a value: "120/s". */
  format: (value: number) => string;
  /** Draws steps, for totals that stay until they change. */
  isStepped?: boolean;
  /** Shown instead of a chart without points. */
  empty?: string;
  /** The shortest span of the time axis, ms. */
  leastSpanMs?: number;
}

/** Lines over time. The legend has the latest values as text, so screen readers can read the chart. */
export const TimeChart = defineComponent(
  (props: TimeChartProps) => {
    const box = shallowRef<HTMLElement>();
    let chart: uPlot | undefined;
    let drawn = '';
    const shape = computed(() => props.series.map(({ key }) => key).join());

    function data(): uPlot.AlignedData {
      return [props.times.map((at) => at / 1_000), ...props.series.map(({ values }) => values as (number | null)[])];
    }

    function draw(): void {
      chart?.destroy();
      chart = undefined;
      if (box.value === undefined || props.times.length === 0) return;
      chart = new uPlot(chartOptions(box.value, props), data(), box.value);
      drawn = shape.value;
    }

    /** A chart cannot take data of other lines than it was made with. */
    function show(): void {
      if (chart === undefined || drawn !== shape.value) draw();
      else chart.setData(data());
    }

    const resize = new ResizeObserver(([entry]) => {
      if (entry === undefined || entry.contentRect.width === 0) return;
      chart?.setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    const darkness = matchMedia('(prefers-color-scheme: dark)');
    onMounted(() => {
      draw();
      if (box.value !== undefined) resize.observe(box.value);
      darkness.addEventListener('change', draw);
    });
    onBeforeUnmount(() => {
      resize.disconnect();
      darkness.removeEventListener('change', draw);
      chart?.destroy();
    });
    watch(theme, draw, { flush: 'post' });
    watch([() => props.times, shape], show, { flush: 'post' });

    return () => (
      <figure class="chart card">
        <header>
          <h3>{props.title}</h3>
        </header>
        <div class="canvas" ref={box} aria-hidden="true">
          {props.times.length === 0 ? <p class="waiting">{props.empty ?? 'Waiting for the first figures'}</p> : null}
        </div>
        <figcaption>
          <ul class="legend">
            {props.series.map(({ key, label, colour, values, note, isDashed }) => {
              const value = values.findLast((each) => each !== null);
              return (
                <li key={key} data-series={key}>
                  <span class={['swatch', { 'swatch--dashed': isDashed }]} style={{ '--swatch': `var(${colour})` }} />
                  {label} <b>{value == null ? '–' : props.format(value)}</b>
                  {note !== undefined && <small>{note}</small>}
                </li>
              );
            })}
          </ul>
        </figcaption>
      </figure>
    );
  },
  { props: ['title', 'times', 'series', 'format', 'isStepped', 'empty', 'leastSpanMs'] },
);
