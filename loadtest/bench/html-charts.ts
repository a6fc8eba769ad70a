const LABEL_WIDTH = 170;
const BAR_WIDTH = 560;
const VALUE_WIDTH = 110;
const ROW_HEIGHT = 28;
const COLOURS = ['#3572b0', '#e08b3e', '#4b9e6a', '#a7588f', '#c9b13b', '#6a6ad0', '#8a8f98', '#c65a4f', '#48a7b5'];

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

export interface Bar {
  label: string;
  value: number;
  from: number;
  to: number;
}

/** Horizontal bars, each with a thin line for its spread. */
export function bars(rows: readonly Bar[]): string {
  const scale = BAR_WIDTH / Math.max(1, ...rows.map(({ value, to }) => Math.max(value, to)));
  const marks = rows.map(({ label, value, from, to }, index) => {
    const y = index * ROW_HEIGHT;
    const middle = y + ROW_HEIGHT / 2;
    return `${labelAt(label, middle)}
<rect x="${LABEL_WIDTH}" y="${y + 5}" width="${(value * scale).toFixed(1)}" height="${ROW_HEIGHT - 10}" rx="3" fill="${COLOURS[0]}"/>
<line x1="${(LABEL_WIDTH + from * scale).toFixed(1)}" x2="${(LABEL_WIDTH + to * scale).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="currentColor" stroke-width="1.5"/>
<text x="${(LABEL_WIDTH + Math.max(value, to) * scale + 8).toFixed(1)}" y="${middle + 5}">${value.toLocaleString('en-US')}</text>`;
  });
  return svg(rows.length * ROW_HEIGHT, marks.join(''));
}

export interface Stack {
  label: string;
  parts: Readonly<Record<string, number>>;
}

/** Horizontal bars of several parts, with a legend. */
export function stackedBars(rows: readonly Stack[]): string {
  const names = [...new Set(rows.flatMap(({ parts }) => Object.keys(parts)))];
  const colourOf = (name: string) => COLOURS[names.indexOf(name) % COLOURS.length];
  const sum = ({ parts }: Stack) => Object.values(parts).reduce((total, part) => total + part, 0);
  // A row that costs far more than the rest would leave nothing to see of them.
  const sums = rows.map(sum).sort((a, b) => b - a);
  const widest = Math.max(1, Math.min(sums[0] ?? 1, (sums[1] ?? sums[0] ?? 1) * 1.5));
  const scale = BAR_WIDTH / widest;
  const marks = rows.map((row, index) => {
    const y = index * ROW_HEIGHT;
    let x = LABEL_WIDTH;
    const pieces = Object.entries(row.parts).map(([name, value]) => {
      const width = Math.max(0, Math.min(value * scale, LABEL_WIDTH + BAR_WIDTH - x));
      const piece = `<rect x="${x.toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 10}" fill="${colourOf(name)}"><title>${escapeHtml(name)} ${value} µs</title></rect>`;
      x += width;
      return piece;
    });
    const middle = y + ROW_HEIGHT / 2;
    return `${labelAt(row.label, middle)}${pieces.join('')}<text x="${(x + 8).toFixed(1)}" y="${middle + 5}">${sum(row).toFixed(0)} µs</text>`;
  });
  const top = rows.length * ROW_HEIGHT + 16;
  const legend = names.map((name, index) => {
    const [x, y] = [LABEL_WIDTH + (index % 4) * 150, top + Math.floor(index / 4) * 22];
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${colourOf(name)}"/><text x="${x + 18}" y="${y + 11}">${escapeHtml(name)}</text>`;
  });
  return svg(top + Math.ceil(names.length / 4) * 22, marks.join('') + legend.join(''));
}

function labelAt(label: string, middle: number): string {
  return `<text x="${LABEL_WIDTH - 10}" y="${middle + 5}" text-anchor="end">${escapeHtml(label)}</text>`;
}

function svg(height: number, content: string): string {
  const width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" style="max-width:${width}px" role="img">${content}</svg>`;
}
