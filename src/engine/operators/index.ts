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
import { identity } from './shape/identity';

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
  ceil,
  celu,
  clip,
  cos,
  cosh,
  div,
  elu,
  equal,
  erf,
  exp,
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
  pow,
  pRelu,
  reciprocal,
  relu,
  round,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  softmax,
  softplus,
  softsign,
  sqrt,
  sub,
  sum,
  tan,
  tanh,
  thresholdedRelu,
  where,
  xor,
];
