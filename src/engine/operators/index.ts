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
import type { Operator } from './operator';
import { reduceL1, reduceL2, reduceLogSum, reduceLogSumExp, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum, reduceSumSquare } from './reduction/reductions';
import { cast } from './shape/cast';
import { concat } from './shape/concat';
import { constant } from './shape/constant';
import { depthToSpace, spaceToDepth } from './shape/depthToSpace';
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
  asin,
  asinh,
  atan,
  atanh,
  cast,
  ceil,
  celu,
  clip,
  concat,
  constant,
  constantOfShape,
  cos,
  cosh,
  depthToSpace,
  div,
  elu,
  equal,
  erf,
  exp,
  expand,
  eyeLike,
  flatten,
  floor,
  greater,
  greaterOrEqual,
  hardmax,
  hardSigmoid,
  hardSwish,
  identity,
  isInf,
  isNaN,
  leakyRelu,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  max,
  mean,
  min,
  mod,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  pRelu,
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
  round,
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
  transpose,
  trilu,
  unsqueeze,
  where,
  xor,
];
