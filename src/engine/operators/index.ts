import { clip } from './activation/clip';
import { celu, elu } from './activation/elu';
import { hardSigmoid, hardSwish } from './activation/hardSigmoid';
import { leakyRelu } from './activation/leakyRelu';
import { pRelu } from './activation/pRelu';
import { relu } from './activation/relu';
import { selu } from './activation/selu';
import { sigmoid } from './activation/sigmoid';
import { hardmax, logSoftmax, softmax } from './activation/softmax';
import { softplus, softsign } from './activation/softplus';
import { thresholdedRelu } from './activation/thresholdedRelu';
import { conv } from './convolution/conv';
import { convTranspose } from './convolution/convTranspose';
import { argMax, argMin } from './indexing/argMax';
import { gather } from './indexing/gather';
import { gatherElements, scatterElements } from './indexing/gatherElements';
import { gatherND, scatterND } from './indexing/gatherND';
import { nonMaxSuppression } from './indexing/nonMaxSuppression';
import { nonZero } from './indexing/nonZero';
import { oneHot } from './indexing/oneHot';
import { topK } from './indexing/topK';
import { unique } from './indexing/unique';
import { einsum } from './linear/einsum';
import { gemm } from './linear/gemm';
import { matMul } from './linear/matMul';
import { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from './logic/bitwise';
import { equal, greater, greaterOrEqual, less, lessOrEqual } from './logic/comparison';
import { isInf, isNaN } from './logic/finite';
import { and, not, or, xor } from './logic/logical';
import { where } from './logic/where';
import { add, div, mul, sub } from './math/arithmetic';
import { erf, exp, log, reciprocal, sqrt } from './math/exponential';
import { acosh, asinh, atanh, cosh, sinh, tanh } from './math/hyperbolic';
import { mod } from './math/mod';
import { pow } from './math/pow';
import { ceil, floor, round } from './math/rounding';
import { abs, neg, sign } from './math/sign';
import { acos, asin, atan, cos, sin, tan } from './math/trigonometric';
import { max, mean, min, sum } from './math/variadic';
import { batchNormalization } from './normalization/batchNormalization';
import { instanceNormalization } from './normalization/instanceNormalization';
import { layerNormalization } from './normalization/layerNormalization';
import { lpNormalization } from './normalization/lpNormalization';
import { lrn } from './normalization/lrn';
import type { Operator } from './operator';
import { averagePool, globalAveragePool } from './pooling/averagePool';
import { globalMaxPool, maxPool, maxUnpool } from './pooling/maxPool';
import { roiAlign } from './pooling/roiAlign';
import { dequantizeLinear, quantizeLinear } from './quantization/quantizeLinear';
import { cumSum } from './reduction/cumSum';
import { reduceL1, reduceL2, reduceLogSum, reduceLogSumExp, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum, reduceSumSquare } from './reduction/reductions';
import { resize } from './resize/resize';
import { cast } from './shape/cast';
import { concat } from './shape/concat';
import { constant } from './shape/constant';
import { depthToSpace, spaceToDepth } from './shape/depthToSpace';
import { dropout } from './shape/dropout';
import { expand } from './shape/expand';
import { constantOfShape, eyeLike, range } from './shape/fill';
import { identity } from './shape/identity';
import { pad } from './shape/pad';
import { flatten, reshape, squeeze, unsqueeze } from './shape/reshape';
import { shape, size } from './shape/shape';
import { slice } from './shape/slice';
import { split } from './shape/split';
import { tile } from './shape/tile';
import { transpose } from './shape/transpose';
import { trilu } from './shape/trilu';

/** Every operator, in alphabetical order. */
export const operators: readonly Operator[] = [
  abs,
  acos,
  acosh,
  add,
  and,
  argMax,
  argMin,
  asin,
  asinh,
  atan,
  atanh,
  averagePool,
  batchNormalization,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cast,
  ceil,
  celu,
  clip,
  concat,
  constant,
  constantOfShape,
  conv,
  convTranspose,
  cos,
  cosh,
  cumSum,
  depthToSpace,
  dequantizeLinear,
  div,
  dropout,
  einsum,
  elu,
  equal,
  erf,
  exp,
  expand,
  eyeLike,
  flatten,
  floor,
  gather,
  gatherElements,
  gatherND,
  gemm,
  globalAveragePool,
  globalMaxPool,
  greater,
  greaterOrEqual,
  hardmax,
  hardSigmoid,
  hardSwish,
  identity,
  instanceNormalization,
  isInf,
  isNaN,
  layerNormalization,
  leakyRelu,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  lpNormalization,
  lrn,
  matMul,
  max,
  maxPool,
  maxUnpool,
  mean,
  min,
  mod,
  mul,
  neg,
  nonMaxSuppression,
  nonZero,
  not,
  oneHot,
  or,
  pad,
  pow,
  pRelu,
  quantizeLinear,
  range,
  reciprocal,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  resize,
  roiAlign,
  round,
  scatterElements,
  scatterND,
  selu,
  shape,
  sigmoid,
  sign,
  sin,
  sinh,
  size,
  slice,
  softmax,
  softplus,
  softsign,
  spaceToDepth,
  split,
  sqrt,
  squeeze,
  sub,
  sum,
  tan,
  tanh,
  thresholdedRelu,
  tile,
  topK,
  transpose,
  trilu,
  unique,
  unsqueeze,
  where,
  xor,
];
