import './item-picture.css';

const COLUMNS = 8;
const ROWS = 5;
const KINDS = ['a', 'b', 'c', ''] as const;

/** A background and three shapes. Chosen by eye: with random hues, every third picture had a shrill green. */
const PALETTES = [
  ['#ecdfc8', '#c2330f', '#e8a33d', '#2f4858'],
  ['#dfe6e0', '#1f5f5b', '#e27d4f', '#9dbfa9'],
  ['#e6e1ee', '#4b3f8f', '#d9728a', '#a9a3d1'],
  ['#dbe6ee', '#1d4e79', '#5fa3c7', '#e9b44c'],
  ['#f0dfd8', '#8c2f39', '#d98e73', '#c9a9a6'],
  ['#e3e6d3', '#4f6136', '#c9a227', '#a3b18a'],
  ['#e9e2da', '#3a3a45', '#b5532f', '#c8b6a0'],
  ['#d9e8e6', '#0f6f74', '#f0b67f', '#6fa8a3'],
] as const;

/** xmur3 and mulberry32, two small generators, so that an item has the same picture everywhere. */
function randomOf(seed: string): () => number {
  let state = 1779033703;
  for (const char of seed) {
    state = Math.imul(state ^ char.charCodeAt(0), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** A quarter disc in one corner of its tile, or the full tile. */
function tilePath(x: number, y: number, corner: number): string {
  if (corner === 4) return `M${x} ${y}h1v1h-1z`;
  const [cx, cy] = [x + (corner & 1), y + (corner >> 1)];
  const [dx, dy] = [corner & 1 ? -1 : 1, corner >> 1 ? -1 : 1];
  return `M${cx} ${cy}h${dx}A1 1 0 0 ${dx * dy > 0 ? 1 : 0} ${cx} ${cy + dy}z`;
}

/** The picture of an item without one: a mosaic of quarter discs, drawn from its id and title. */
export function ItemPicture({ seed }: { seed: string }) {
  const random = randomOf(seed);
  const [ground, a, b, c] = PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const paths: Record<string, string> = { a: '', b: '', c: '' };
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++) {
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? '';
      const corner = Math.floor(random() * 4.6);
      if (kind !== '') paths[kind] += tilePath(x, y, corner);
    }
  }
  return (
    <svg
      class="item-picture"
      viewBox={`0 0 ${COLUMNS} ${ROWS}`}
      preserveAspectRatio="xMidYMid slice"
      style={{ '--ground': ground, '--a': a, '--b': b, '--c': c }}
      aria-hidden="true"
    >
      {Object.entries(paths).map(([kind, d]) => (
        <path class={kind} d={d} />
      ))}
    </svg>
  );
}
ItemPicture.props = ['seed'];
