/** More elements than this are cut to the edges of each axis. */
const MAX_SHOWN = 200;

/** The elements of a tensor as nested brackets, the middle of long axes left out. */
export function formatValues(shape: readonly number[], values: ArrayLike<unknown>): string {
  const edge = shape.length <= 3 ? 3 : 1;
  const shorten = values.length > MAX_SHOWN;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const format = (axis: number, offset: number): string => {
    if (axis === shape.length) return formatElement(values[offset]);
    const length = shape[axis]!;
    const isInnermost = axis === shape.length - 1;
    const separator = isInnermost ? ', ' : `,\n${' '.repeat(axis + 1)}`;
    const parts: string[] = [];
    for (let index = 0; index < length; index++) {
      if (shorten && length > 2 * edge && index === edge) {
        parts.push('...');
        index = length - edge;
      }
      parts.push(format(axis + 1, offset + index * strides[axis]!));
    }
    return `[${parts.join(separator)}]`;
  };
  return format(0, 0);
}

/** Four significant digits, as short as they get. */
export function formatNumber(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? String(value) : String(Number(value.toPrecision(4)));
}

function formatElement(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
