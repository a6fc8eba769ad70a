import { readFileSync } from 'node:fs';
import type { WorkerContext } from '../../src/index.ts';

const rules = readFileSync(new URL('../../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');

/** Returns whether an alert of the form `max(GAUGE{label="value"}) > NUMBER` is raised by this worker's metrics as they are now. */
export async function isRaised({ metrics }: Pick<WorkerContext, 'metrics'>, alert: string): Promise<boolean> {
  const rule = new RegExp(`alert: ${alert}\\n +expr: max\\((\\w+)(?:\\{(\\w+)="([^"]*)"\\})?\\) > (\\d+)\\n`).exec(rules);
  if (rule === null) throw new Error(`No rule of this form is called ${alert}.`);
  const [, gauge = '', label = '', value, most] = rule;
  const found = await metrics.registry.getSingleMetric(gauge)?.get();
  if (found === undefined) throw new Error(`${alert} asks for ${gauge}, which no worker has.`);
  return found.values.some((each) => (label === '' || each.labels[label] === value) && each.value > Number(most));
}
