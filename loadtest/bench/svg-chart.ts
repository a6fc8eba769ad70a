import { BARE, type RowResult } from './summarise.ts';

const LABEL_WIDTH = 190;
const FULL_WIDTH = 460;
const WIDTH = LABEL_WIDTH + FULL_WIDTH + 110;
const ROW_HEIGHT = 30;
const TOP = 44;

/** The rows that answer HTTP requests, as shares of bare Fastify: a picture that needs no style sheet, and suits light and dark pages. */
export function svgChart(rows: readonly RowResult[]): string {
  const shown = rows.filter(({ ratioToBare, p50Ms }) => p50Ms > 0 && ratioToBare > 0);
  const scale = FULL_WIDTH / Math.max(1, ...shown.map(({ ratioToBare }) => ratioToBare));
  const height = TOP + shown.length * ROW_HEIGHT + 12;
  const bars = shown.map(({ row, ratioToBare }, index) => {
    const y = TOP + index * ROW_HEIGHT;
    const width = Math.max(2, ratioToBare * scale);
    return `<text x="${LABEL_WIDTH - 12}" y="${y + 20}" text-anchor="end">${escapeXml(row)}</text>
<rect x="${LABEL_WIDTH}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 9}" rx="3" fill="${colourOf(row)}"/>
<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${y + 20}">${ratioToBare.toFixed(2)}</text>`;
  });
  const one = (LABEL_WIDTH + scale).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1b1f24">
<title>Requests per second as a share of bare Fastify</title>
<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>
<text x="${LABEL_WIDTH}" y="26" font-weight="600">Requests per second, bare Fastify = 1</text>
<line x1="${one}" x2="${one}" y1="${TOP}" y2="${height - 12}" stroke="#8a8f98" stroke-dasharray="3 3"/>
${bars.join('\n')}
</svg>
`;
}

function colourOf(row: string): string {
  if (row === BARE) return '#8a8f98';
  if (row === 'naive') return '#c65a4f';
  return row.startsWith('win') ? '#4b9e6a' : '#3572b0';
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
