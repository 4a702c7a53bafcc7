import type { ModelInspection, PortDescription } from '../../protocol/engine';

/**
 * The cells of a first notebook for a model: it is loaded, gets a picture, or an input of zeros in the right shape, to be
 * replaced, and is attributed with a method that fits.
 *
 * @param file its path.
 */
export function modelNotebook(file: string, { inputs, outputs, shapes, gradient, instead, layers }: ModelInspection): string[] {
  const place = instead === undefined ? '' : `, { output: ${JSON.stringify(instead)} }`;
  const load = `const model = await loadModel(${JSON.stringify(file)}${place});\nmodel`;
  const method = gradient.inputs.every(({ differentiable }) => differentiable) ? 'IntegratedGradients' : 'FeatureAblation';
  const output = instead === undefined ? outputs[0].shape : (layers.find(({ name }) => name === instead)?.shape ?? []);
  const hasClasses = output.length === 2 && output[1] !== 1;
  const attribute = (input: string, target: string): string => `await new ${method}(model).attribute(${input}${target === '' ? '' : `, { target: ${target} }`})`;
  if (inputs.length === 1 && isPicture(inputs[0])) {
    const image = "// Sized for the model. Where it wants pixels normalised as those of ImageNet, add\n// mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]\nconst image = await loadImage('picture.jpg', { for: model });";
    if (hasClasses) return [load, `${image}\nconst [classes] = await model.classify(image);\nclasses`, attribute('image', 'classes[0].index[0]')];
    return [load, `${image}\nawait model.predict(image)`, attribute('image', firstOf(output))];
  }
  const tensors = inputs.map(({ dtype }, index) => zeros(shapes[index], dtype));
  const [given, note] = tensors.length === 1 ? [tensors[0], 'Your values in this shape'] : [`[\n${tensors.map((tensor, index) => `  ${tensor},  // ${inputs[index].name}`).join('\n')}\n]`, 'Your values in these shapes'];
  return [load, `// ${note}, or await loadTensor('input.npy').\nconst input = ${given};\nawait model.predict(input)`, attribute('input', firstOf(output))];
}

/** Whether an input has the shape of a picture: four axes, one of them of one or three channels. */
const isPicture = ({ shape }: PortDescription): boolean => shape.length === 4 && [shape[1], shape[3]].some((axis) => axis === 1 || axis === 3);

/** The target of the first number of an output; none where there is just one number for each example. */
function firstOf([, ...axes]: readonly number[]): string {
  if (axes.every((length) => length === 1)) return '';
  return axes.length === 1 ? '0' : `[${axes.map(() => 0).join(', ')}]`;
}

const zeros = (shape: readonly number[], dtype: string): string => `tf.zeros([${shape.join(', ')}]${/int|bool/.test(dtype) ? ", 'int32'" : ''})`;
