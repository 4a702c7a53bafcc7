import { input, type Converter, type ConverterTable } from './kernel';
import { inChannelsFirst } from './spatial';

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/** Resizes height and width. Half-pixel centres of the nearest neighbour round up, as TensorFlow does. */
const resize = (mode: 'linear' | 'nearest'): Converter<ResizeAttributes> => (call, { alignCorners, halfPixelCenters, size }) => {
  const { emit } = call;
  const transformation = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const rounding = alignCorners || halfPixelCenters ? 'round_prefer_ceil' : 'floor';
  return inChannelsFirst(emit, input(call, 'images'), (x) => {
    const sizes = emit.integers([x.shape[0], x.shape[1], ...size]);
    const attributes = { mode, coordinate_transformation_mode: transformation };
    return emit.op('Resize', [x, undefined, undefined, sizes], mode === 'nearest' ? { ...attributes, nearest_mode: rounding } : attributes);
  });
};

export const image: ConverterTable = {
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
};
