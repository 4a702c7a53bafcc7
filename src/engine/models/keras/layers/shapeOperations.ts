import { sizeOf } from '../../../tensor';
import { asFloat, single, type Layer, type LayerTable } from '../layerCall';
import { MAX_RANK, MAX_STEPS } from '../limits';
import { isObject, Settings } from '../settings';
import { acrossExamples, axisOf } from './exampleAxes';
import { plainNumbers } from './plainNumbers';

const reshape: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const target = settings.numbers('newshape') ?? [];
  const shape = [x.shape[0], ...target.slice(1)];
  const rest = sizeOf(x.shape.slice(1)) / sizeOf(target.slice(1).filter((dim) => dim !== -1));
  const filled = shape.map((dim, axis) => (axis > 0 && dim === -1 ? rest : dim));
  const isExample = target.length > 0 && (target[0] === -1 || target[0] === x.shape[0]) && filled.every((dim) => Number.isSafeInteger(dim) && dim > 0) && sizeOf(filled) === sizeOf(x.shape);
  if (!isExample) throw settings.unsupported(`newshape [${target.join(', ')}] does not keep the elements of an example of shape [${x.shape.slice(1).join(', ')}] together`);
  return emit.reshape(x, filled);
};

const transpose: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const axes = (settings.numbers('axes') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  if (axes.length !== x.shape.length || [...axes].sort((a, b) => a - b).some((axis, index) => axis !== index)) throw settings.invalid(`axes must be those of its input in any order, got ${axes.join(', ')}`);
  if (axes[0] !== 0) throw acrossExamples(settings);
  return emit.transpose(x, axes);
};

const swapAxes: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const [a, b] = ['axis1', 'axis2'].map((key) => axisOf(settings, key, x.shape.length));
  return emit.transpose(x, x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)));
};

const expandDims: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  if ((settings.numbers('axis') ?? []).length > MAX_RANK) throw settings.invalid(`at most ${MAX_RANK} axes are supported`);
  const axes = settings.axes('axis', x.shape.length + (Array.isArray(settings.raw('axis')) ? (settings.numbers('axis') ?? []).length : 1));
  if (axes.includes(0)) throw acrossExamples(settings);
  const shape = [...x.shape];
  for (const axis of axes) shape.splice(axis, 0, 1);
  return emit.reshape(x, shape);
};

const squeeze: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const axes = settings.raw('axis') === undefined ? x.shape.flatMap((dim, axis) => (axis > 0 && dim === 1 ? [axis] : [])) : settings.axes('axis', x.shape.length);
  if (axes.some((axis) => axis === 0 || x.shape[axis] !== 1)) throw settings.invalid(`axis must be axes of length 1 behind that of the examples, got ${axes.join(', ')}`);
  return emit.reshape(x, x.shape.filter((_, axis) => !axes.includes(axis)));
};

const stack: Layer = (call) => {
  const { emit, inputs, math, settings } = call;
  const rank = inputs[0].value.shape.length + 1;
  const axis = axisOf(settings, 'axis', rank, 0);
  const parts = inputs.map(({ value }) => emit.reshape(asFloat(call, value), value.shape.toSpliced(axis, 0, 1)));
  return math.concat(parts, axis);
};

const split: Layer = (call) => {
  const { math, settings } = call;
  const x = single(call);
  const axis = axisOf(settings, 'axis', x.shape.length, 0);
  const length = x.shape[axis];
  const given = settings.numbers('indices_or_sections') ?? [];
  const isCount = !Array.isArray(settings.raw('indices_or_sections'));
  if (isCount && (!(given[0] >= 1) || length % given[0] !== 0)) throw settings.invalid(`indices_or_sections must divide ${length}, got ${given[0]}`);
  if (isCount && given[0] > MAX_STEPS) throw settings.unsupported(`at most ${MAX_STEPS} parts are supported, got ${given[0]}`);
  const cuts = isCount ? Array.from({ length: given[0] - 1 }, (_, index) => ((index + 1) * length) / given[0]) : given;
  if (cuts.length >= MAX_STEPS) throw settings.unsupported(`at most ${MAX_STEPS} parts are supported, got ${cuts.length + 1}`);
  return [0, ...cuts].map((start, index) => ({ value: math.slice(x, axis, start, cuts[index] ?? length) }));
};

/** x[:, 1:3, ..., 0, None] with numbers and slices that are known. */
const getItem: Layer = (call) => {
  const { args, emit, math, settings } = call;
  const [x, ...keys] = args;
  const plain = keys.flatMap((key): unknown[] => ('value' in key ? [key] : [key.plain].flat()));
  if (!('value' in x) || keys.some((key) => 'value' in key)) throw settings.unsupported('only x[...] with numbers and slices is supported');
  let { value } = x;
  const { shape } = value;
  const taking = plain.filter((key) => key !== null && !isEllipsis(key)).length;
  const result: number[] = [];
  let axis = 0;
  for (const key of plain) {
    if (key === null || key === undefined) result.push(1);
    else if (isEllipsis(key)) for (const stop = axis + shape.length - taking; axis < stop; axis++) result.push(shape[axis]);
    else {
      const [start, end, step] = boundsOf(key, settings);
      const isWhole = start === undefined && end === undefined && step === 1;
      if (axis >= shape.length) throw settings.invalid(`its input has only ${shape.length} axes`);
      if (axis === 0 && !isWhole) throw acrossExamples(settings);
      if (!isWhole) value = math.slice(value, axis, start ?? (step < 0 ? -1 : 0), end ?? (step < 0 ? -(2 ** 31) : 2 ** 31 - 1), step);
      if (!Number.isInteger(key)) result.push(value.shape[axis]);
      axis++;
    }
  }
  if (result.length > 0 && plain[0] === null) throw acrossExamples(settings);
  return emit.reshape(value, [...result, ...shape.slice(axis)]);
};

const isEllipsis = (key: unknown): boolean => isObject(key) && key.class_name === '__ellipsis__';

function boundsOf(key: unknown, settings: Settings): [number | undefined, number | undefined, number] {
  if (typeof key === 'number' && Number.isSafeInteger(key)) return [key, key === -1 ? undefined : key + 1, 1];
  const config = isObject(key) && key.class_name === '__slice__' && isObject(key.config) ? key.config : undefined;
  if (!config) throw settings.unsupported('only x[...] with numbers and slices is supported');
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => {
    const bound = config[name] ?? undefined;
    if (bound !== undefined && !(typeof bound === 'number' && Number.isSafeInteger(bound))) throw settings.unsupported('only slices with known numbers are supported');
    return bound;
  });
  if (step === 0) throw settings.invalid('the step of a slice must not be 0');
  return [start, stop, step ?? 1];
}

const flip: Layer = (call) => {
  const { math, settings } = call;
  const x = single(call);
  if (settings.raw('axis') === undefined) throw acrossExamples(settings);
  return settings.axes('axis', x.shape.length).reduce((value, axis) => {
    if (axis === 0) throw acrossExamples(settings);
    return math.slice(value, axis, -1, -(2 ** 31), -1);
  }, x);
};

const tile: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const given = settings.numbers('repeats') ?? [];
  const repeats = [...new Array<number>(Math.max(0, x.shape.length - given.length)).fill(1), ...given];
  if (repeats.length !== x.shape.length || repeats[0] !== 1) throw acrossExamples(settings);
  return emit.op('Tile', [x, emit.integers(repeats)]);
};

/** Elements along axes moved on, those that leave at the end come in at the front. */
const roll: Layer = (call) => {
  const { math, settings } = call;
  const x = single(call);
  const shifts = settings.numbers('shift') ?? [];
  if (settings.raw('axis') === undefined) throw acrossExamples(settings);
  const axes = [settings.raw('axis')].flat().map((axis) => axisOf(new Settings(settings.subject, { axis }), 'axis', x.shape.length));
  if (!shifts.every(Number.isSafeInteger) || (shifts.length !== 1 && shifts.length !== axes.length)) throw settings.invalid('shift must be an integer, or one for each axis');
  return axes.reduce((value, axis, index) => {
    const length = value.shape[axis];
    const start = (((shifts[index] ?? shifts[0]) % length) + length) % length;
    return start === 0 ? value : math.concat([math.slice(value, axis, length - start, length), math.slice(value, axis, 0, length - start)], axis);
  }, x);
};

const moveAxis: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const rank = x.shape.length;
  const [sources, targets] = ['source', 'destination'].map((key) => [settings.raw(key)].flat().map((axis) => axisOf(new Settings(settings.subject, { [key]: axis }), key, rank)));
  if (sources.length !== targets.length || new Set(sources).size < sources.length || new Set(targets).size < targets.length) throw settings.invalid('source and destination must be as many different axes');
  const rest = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !sources.includes(axis));
  const perm = Array.from({ length: rank }, (_, axis) => (targets.includes(axis) ? sources[targets.indexOf(axis)] : (rest.shift() ?? axis)));
  return emit.transpose(x, perm);
};

const unstack: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = single(call);
  const axis = axisOf(settings, 'axis', x.shape.length, 0);
  const count = x.shape[axis];
  if (count > MAX_STEPS) throw settings.unsupported(`at most ${MAX_STEPS} parts are supported, got ${count}`);
  const shape = x.shape.filter((_, each) => each !== axis);
  return Array.from({ length: count }, (_, place) => ({ value: emit.reshape(math.slice(x, axis, place, place + 1), shape) }));
};

/** What lies on and below (above) a diagonal of the last two axes, zeros elsewhere. */
const triangle =
  (upper: 0 | 1): Layer =>
  (call) => {
    const { emit, settings } = call;
    const x = asFloat(call, single(call));
    if (x.shape.length < 3) throw acrossExamples(settings);
    return emit.op('Trilu', [x, emit.indices([settings.integer('k', 0)], [])], { upper });
  };

/** Each element along an axis, so many times in a row. */
const repeat: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = single(call);
  if (settings.raw('axis') === undefined) throw acrossExamples(settings);
  const [axis, times] = [axisOf(settings, 'axis', x.shape.length), settings.integer('repeats', undefined, 1)];
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)];
  const wide = math.expand(emit.reshape(x, [...before, 1, ...after]), [...before, times, ...after]);
  return emit.reshape(wide, [...x.shape.slice(0, axis), x.shape[axis] * times, ...after]);
};

const pad: Layer = (call) => {
  const { math, settings } = call;
  const x = asFloat(call, single(call));
  const widths = settings.numbers('pad_width') ?? [];
  if (settings.text('mode', 'constant') !== 'constant' || ![undefined, null, 0].includes(call.option('constant_values') as null | undefined)) throw settings.unsupported('only padding by zeros is supported');
  if (widths.length !== 2 * x.shape.length || widths[0] !== 0 || widths[1] !== 0) throw settings.unsupported('pad_width must have two numbers for each axis, zeros for that of the examples');
  return math.pad(x, [0, 1].flatMap((end) => x.shape.map((_, axis) => widths[2 * axis + end])));
};

/** The places of an axis that a number or a list of numbers tells. */
const take: Layer = (call) => {
  const { args, emit, settings } = call;
  const places = args[1] && 'plain' in args[1] ? plainNumbers(args[1].plain) : undefined;
  if (!places?.values.every(Number.isSafeInteger) || settings.raw('axis') === undefined) throw settings.unsupported('only the places of an axis that are known numbers are supported');
  const x = single(call);
  const axis = axisOf(settings, 'axis', x.shape.length);
  const length = x.shape[axis];
  const wrong = places.values.find((place) => place < -length || place >= length);
  if (wrong !== undefined) throw settings.invalid(`place ${wrong} is outside of an axis of ${length}`);
  return emit.op('Gather', [x, emit.indices(places.values.map((place) => (place < 0 ? place + length : place)), places.shape)], { axis });
};

/** Operations of `keras.ops` that move, repeat and take elements, by class name. */
export const shapeOperations: LayerTable = {
  Reshape: reshape,
  Transpose: transpose,
  Swapaxes: swapAxes,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Stack: stack,
  Split: split,
  GetItem: getItem,
  Tile: tile,
  Repeat: repeat,
  Pad: pad,
  Take: take,
  Flip: flip,
  Roll: roll,
  Moveaxis: moveAxis,
  Unstack: unstack,
  Tril: triangle(0),
  Triu: triangle(1),
};
