import { test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Attributes } from '../../../src/engine/graph/graph';
import { float32, int64 } from '../../../src/engine/tensor';
import { checkGradients, ints, onnxRuntime, random, verify, verifyErrors, type Operand } from './support';

const regions = (...rows: number[][]): Operand => ({ shape: [rows.length, 4], values: rows.flat(), constant: true });
const inside = regions([0.5, 1, 4.3, 3.9], [2, 0, 5, 2.5]);

verify([
  { op: 'RoiAlign', name: 'two samples a bin', attributes: { output_height: 2, output_width: 3, sampling_ratio: 2 }, inputs: [random(1, 2, 5, 6), inside, ints(0, 0)] },
  { op: 'RoiAlign', name: 'two examples, as many samples as a bin is long', attributes: { output_height: 2, output_width: 2 }, inputs: [random(2, 2, 6, 7), regions([0, 0, 6.2, 5], [1, 2, 2, 3], [0.2, 0.1, 1.2, 4.4]), ints(1, 0, 1)] },
  { op: 'RoiAlign', name: 'output_half_pixel, scaled', attributes: { output_height: 3, output_width: 2, spatial_scale: 0.25, coordinate_transformation_mode: 'output_half_pixel' }, inputs: [random(1, 1, 4, 5), regions([0, 2, 17, 15], [4, 4, 4.5, 4.5]), ints(0, 0)] },
  { op: 'RoiAlign', name: 'half_pixel, scaled, one sample', attributes: { output_height: 2, output_width: 2, spatial_scale: 0.3, sampling_ratio: 1 }, inputs: [random(1, 3, 4, 4), regions([0, 1, 12, 9]), ints(0)] },
  { op: 'RoiAlign', name: 'a region beyond the borders', attributes: { output_height: 3, output_width: 3, sampling_ratio: 2 }, inputs: [random(1, 1, 3, 4), regions([-4, -3, 7, 8]), ints(0)] },
  { op: 'RoiAlign', name: 'an empty region', attributes: { output_height: 2, output_width: 1 }, inputs: [random(1, 1, 3, 4), regions([1, 1, 1, 1], [1, 1, 2, 2]), ints(0, 0)] },
]);

verifyErrors([
  { op: 'RoiAlign', name: 'regions of three numbers', inputs: [random(1, 1, 3, 3), random(2, 3), ints(0, 0)], message: "RoiAlign 'node': the regions must have shape [R, 4], got [2, 3]" },
  { op: 'RoiAlign', name: 'too few examples', inputs: [random(1, 1, 3, 3), random(2, 4), ints(0)], message: "RoiAlign 'node': there must be an example for each of 2 regions, got shape [1]" },
  { op: 'RoiAlign', name: 'more bins than anyone needs', attributes: { output_height: 5000 }, inputs: [random(1, 1, 3, 3), random(1, 4), ints(0)], message: "RoiAlign 'node': output_height must lie in [1, 4096], got 5000" },
  { op: 'RoiAlign', name: 'a scale of 0', attributes: { spatial_scale: 0 }, inputs: [random(1, 1, 3, 3), random(1, 4), ints(0)], message: "RoiAlign 'node': spatial_scale must be positive, got 0" },
]);

const asFed: Record<string, Attributes> = {
  'regions fed at run time': { output_height: 2, output_width: 2, sampling_ratio: 2 },
  'regions fed at run time, as many samples as a bin is long': { output_height: 2, output_width: 2 },
};

for (const [name, attributes] of Object.entries(asFed)) {
  test(`RoiAlign: ${name}`, async () => {
    const builder = new GraphBuilder('RoiAlign');
    const x = builder.input('x', 'float32', [2, 2, 5, 4]);
    const rois = builder.input('rois', 'float32', [3, 4]);
    const output = builder.op('RoiAlign', [x, rois, builder.input('examples', 'int64', [3])], attributes);
    const graph = builder.build([output]);
    const forward = await (await onnxRuntime()).compile(graph);
    const feeds = { x: float32(Float32Array.from({ length: 80 }, (_, index) => Math.sin(index)), [2, 2, 5, 4]), rois: float32([0, 0, 3, 4.2, 1.1, 0.3, 3.3, 2, -1, 2, 2.4, 9], [3, 4]), examples: int64([1, 0, 1], [3]) };
    await checkGradients({ name }, { graph, feeds, output, forward, wrt: ['x'] });
    await forward.dispose();
  });
}
