let table: Uint32Array | undefined;

/** The bits of the float32 that equals each of the 65536 float16 values. */
function halfBits(): Uint32Array {
  table ??= Uint32Array.from({ length: 65536 }, (_, half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
    if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
    if (fraction === 0) return sign;
    const shift = Math.clz32(fraction) - 21;
    return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
  });
  return table;
}

/** IEEE 754 half-precision values, given as their bits, as float32: exact. */
export function float16ToFloat32(halves: ArrayLike<number>): Float32Array {
  const bits = halfBits();
  const result = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) result[index] = bits[halves[index] & 0xffff];
  return new Float32Array(result.buffer);
}

/** bfloat16 values, given as their bits, as float32: exact. */
export function bfloat16ToFloat32(values: ArrayLike<number>): Float32Array {
  const result = new Uint32Array(values.length);
  for (let index = 0; index < values.length; index++) result[index] = (values[index] & 0xffff) << 16;
  return new Float32Array(result.buffer);
}
