import { TimeseriesNormalizer, type TimeseriesMethod } from '../../../src/visualization/timeseries';
import { channelsFirst } from '../../../src/visualization/channelsFirst';
import { closeTo } from '../compare';
import type { Adaptor } from './adaptor';
import { signOf } from './normalizeAttr';

/** What visualize_timeseries_attr colours: every channel, and their sum. */
export const visualizeTimeseriesAttrAdaptor: Adaptor = ({ json, tensors, tolerance }) => {
  const [length, channels] = tensors.attr.shape;
  const normalizer = new TimeseriesNormalizer(channelsFirst(tensors.attr.data, channels, length), length);
  const normalized = (method: TimeseriesMethod): Float32Array => normalizer.normalize(method, signOf(json.sign), Number(json.outlier_perc)).values;
  const within = tolerance.atol_f32 ?? 1e-5;
  closeTo({ shape: [channels, length], data: normalized('overlay_individual') }, tensors.expected_individual_norm, within, 'individual');
  closeTo({ shape: [channels, length], data: normalized('colored_graph') }, tensors.expected_individual_norm, within, 'coloured graph');
  closeTo({ shape: [length], data: normalized('overlay_combined') }, tensors.expected_combined_norm, within, 'combined');
};
