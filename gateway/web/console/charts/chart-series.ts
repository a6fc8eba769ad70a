/** One line of a chart. */
export interface ChartSeries {
  /** Stable name, also for tests. */
  key: string;
  label: string;
  /** A custom property of console.css. */
  colour: string;
  /** One value for each time of the chart; null if it is unknown. */
  values: readonly (number | null)[];
  /** Shown beside the latest value. */
  note?: string;
  isDashed?: boolean;
}
