import type { ImageLayout } from '../../presentation/imageView';
import type { Shape } from '../../tensor';

/** Windows of Occlusion for one input: lengths and strides along its axes, without that of the examples. */
interface Windows {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A window covers this part of an image's sides, or of the steps of a sequence. */
const IMAGE_PART = 8;
const SEQUENCE_PART = 16;

/**
 * Windows that show where something is in a few hundred passes: all channels of a square of an eighth of an image's
 * shorter side, moved by half of that; a sixteenth of the steps of a sequence, moved by half of that.
 */
function windowsFor(shape: Shape, layout: ImageLayout | undefined): Windows {
  const axes = shape.slice(1);
  if (!layout) {
    const steps = Math.max(1, Math.round(axes[0] / SEQUENCE_PART));
    return { shape: axes.map((length, axis) => (axis === 0 ? steps : length)), strides: axes.map((length, axis) => (axis === 0 ? Math.max(1, Math.floor(steps / 2)) : length)) };
  }
  const side = Math.max(1, Math.round(Math.min(layout.height, layout.width) / IMAGE_PART));
  const channelAxis = axes.length === 2 ? -1 : layout.strides.channel === 1 && layout.channels > 1 ? 2 : 0;
  const along = (length: number, axis: number, part: number): number => (axis === channelAxis ? length : part);
  return { shape: axes.map((length, axis) => along(length, axis, side)), strides: axes.map((length, axis) => along(length, axis, Math.max(1, Math.floor(side / 2)))) };
}

/** The options of Occlusion for these inputs. */
export function defaultWindows(inputs: readonly { readonly shape: Shape }[], layouts: readonly (ImageLayout | undefined)[]): { slidingWindowShapes: unknown; strides: unknown } {
  const windows = inputs.map(({ shape }, index) => windowsFor(shape, layouts[index]));
  const [first] = windows;
  if (windows.length === 1) return { slidingWindowShapes: first.shape, strides: first.strides };
  return { slidingWindowShapes: windows.map(({ shape }) => shape), strides: windows.map(({ strides }) => strides) };
}

/** How many positions these windows have. */
export function countWindows(inputs: readonly { readonly shape: Shape }[], layouts: readonly (ImageLayout | undefined)[]): number {
  return inputs.reduce((sum, { shape: [, ...axes] }, index) => {
    const { shape, strides } = windowsFor([1, ...axes], layouts[index]);
    return sum + axes.reduce((positions, length, axis) => positions * (1 + Math.ceil((length - shape[axis]) / strides[axis])), 1);
  }, 0);
}
