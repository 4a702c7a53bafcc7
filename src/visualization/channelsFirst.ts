/** Values of length x channels, row-major, as channels x length. */
export function channelsFirst(values: ArrayLike<number>, channels: number, length: number): Float32Array {
  return Float32Array.from({ length: channels * length }, (_, index) => values[(index % length) * channels + Math.floor(index / length)]);
}
