import { float32, type Tensor } from '../../tensor';
import type { RoiAlignSettings } from './roiAlign';

const round = Math.fround;

/**
 * The weights [R, bins, size] with which RoiAlign averages the elements along one axis: of the regions' coordinates
 * `first` and `first` + 2 in `corners` [R, 4], for an axis of `size` elements. Each sample weighs its two neighbours;
 * samples more than one element outside weigh nothing, but count. Rounded as ONNX Runtime does, because the number of
 * samples depends on it.
 */
export function regionWeights(corners: ArrayLike<number>, first: 0 | 1, size: number, { bins: [high, wide], samplingRatio, scale, halfPixel }: RoiAlignSettings): Tensor<'float32'> {
  const bins = first === 1 ? high : wide;
  const regions = corners.length / 4;
  const weights = new Float32Array(regions * bins * size);
  for (let region = 0; region < regions; region++) {
    const place = (corner: number): number => round(round(corners[region * 4 + corner] * round(scale)) - (halfPixel ? 0.5 : 0));
    const start = place(first);
    const extent = round(place(first + 2) - start);
    const length = halfPixel ? extent : Math.max(extent, 1);
    const bin = round(length / bins);
    const samples = samplingRatio > 0 ? samplingRatio : Math.max(0, Math.ceil(bin));
    for (let index = 0; index < bins; index++) {
      const row = weights.subarray((region * bins + index) * size, (region * bins + index + 1) * size);
      for (let sample = 0; sample < samples; sample++) {
        const at = round(round(start + round(index * bin)) + round(round((sample + 0.5) * bin) / samples));
        if (at < -1 || at > size) continue;
        const inside = Math.min(Math.max(at, 0), size - 1);
        const low = Math.min(Math.floor(inside), size - 1);
        const fraction = inside - low;
        row[low] += (1 - fraction) / samples;
        if (fraction > 0) row[low + 1] += fraction / samples;
      }
    }
  }
  return float32(weights, [regions, bins, size]);
}
