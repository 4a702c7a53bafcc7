/** The attribution of each token: the sum over its part of the elements, such as an embedding. */
export function perToken(attributions: Float32Array, tokens: number): number[] {
  const size = Math.floor(attributions.length / tokens);
  return Array.from({ length: tokens }, (_, token) => attributions.subarray(token * size, (token + 1) * size).reduce((sum, value) => sum + value, 0));
}
