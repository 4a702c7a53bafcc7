import { constant, random, verify, verifyErrors, type OperatorCase } from './support';

const einsum = (equation: string, ...shapes: number[][]): OperatorCase => ({ op: 'Einsum', name: equation, attributes: { equation }, inputs: shapes.map((shape) => random(...shape)), step: 1 / 32 });

verify([
  { op: 'MatMul', name: 'matrices', inputs: [random(2, 3), random(3, 4)] },
  { op: 'MatMul', name: 'by constant weights', inputs: [random(2, 3), constant(3, 4)] },
  { op: 'MatMul', name: 'batched by constant weights', inputs: [random(2, 2, 3), constant(3, 2)] },
  { op: 'MatMul', name: 'batches', inputs: [random(2, 2, 3), random(2, 3, 2)] },
  { op: 'MatMul', name: 'batches broadcast on the right', inputs: [random(2, 2, 3), random(3, 2)] },
  { op: 'MatMul', name: 'batches broadcast on the left', inputs: [random(2, 3), random(2, 3, 2)] },
  { op: 'MatMul', name: 'batches broadcast both ways', inputs: [random(2, 1, 2, 2), random(3, 2, 2)] },
  { op: 'MatMul', name: 'a vector on the left', inputs: [random(3), random(3, 2)] },
  { op: 'MatMul', name: 'a vector on the right', inputs: [random(2, 3), random(3)] },
  { op: 'MatMul', name: 'two vectors', inputs: [random(3), random(3)] },
  { op: 'MatMul', name: 'a vector by a batch', inputs: [random(3), random(2, 3, 2)] },
  { op: 'MatMul', name: 'a batch by a vector', inputs: [random(2, 2, 3), random(3)] },
  { op: 'MatMul', name: 'over no elements', inputs: [random(2, 0), random(0, 3)], expected: [[0, 0, 0, 0, 0, 0]] },
  { op: 'Gemm', name: 'no bias', inputs: [random(2, 3), random(3, 4)] },
  { op: 'Gemm', name: 'transB, bias row, constant weights', attributes: { transB: 1 }, inputs: [random(2, 3), constant(4, 3), constant(4)] },
  { op: 'Gemm', name: 'transB, bias row', attributes: { transB: 1 }, inputs: [random(2, 3), random(4, 3), random(4)] },
  { op: 'Gemm', name: 'transA, alpha, beta, bias column', attributes: { transA: 1, alpha: 0.5, beta: 2 }, inputs: [random(3, 2), random(3, 4), random(2, 1)] },
  { op: 'Gemm', name: 'transA and transB, scalar bias', attributes: { transA: 1, transB: 1, alpha: 2 }, inputs: [random(3, 2), random(4, 3), random()] },
  einsum('ij,jk->ik', [2, 3], [3, 2]),
  einsum('bhid,bhjd->bhij', [1, 2, 2, 3], [1, 2, 3, 3]),
  einsum('bij,bjk', [2, 2, 3], [2, 3, 2]),
  einsum('ij->ji', [2, 3]),
  einsum('ij->i', [2, 3]),
  einsum('ij->', [2, 3]),
  einsum('i,j->ij', [2], [3]),
  einsum('i,i->', [3], [3]),
  einsum('ij,ij->ij', [2, 3], [2, 3]),
  einsum('ab,bc,cd->ad', [2, 3], [3, 2], [2, 2]),
  einsum('...ij,...jk->...ik', [2, 2, 3], [2, 3, 2]),
  einsum('...ij,jk->...ik', [2, 2, 3], [3, 2]),
  einsum('...ij,...jk->...ik', [2, 1, 2, 3], [1, 3, 3, 2]),
  einsum('ij,k->i', [2, 3], [2]),
  einsum('i...,...j->ij...', [2, 1, 3], [2, 3, 2]),
  einsum('bqhd, bkhd -> bhqk', [1, 2, 2, 2], [1, 3, 2, 2]),
]);

verifyErrors([
  { op: 'MatMul', name: 'inner dimensions that differ', inputs: [random(2, 3), random(4, 2)], message: "MatMul 'node': the inputs must be matrices that multiply, got [2, 3] and [4, 2]" },
  { op: 'Gemm', name: 'inner dimensions that differ', attributes: { transB: 1 }, inputs: [random(2, 3), random(3, 4)], message: "Gemm 'node': the inputs must be matrices that multiply, got [2, 3] and [3, 4] transposed" },
  { op: 'Gemm', name: 'a bias that does not broadcast', inputs: [random(2, 3), random(3, 4), random(3)], message: "Gemm 'node': c must broadcast to [2, 4], got [3]" },
  { op: 'Einsum', name: 'an equation for other operands', attributes: { equation: 'ij,jk->ik' }, inputs: [random(2, 3)], message: "Einsum 'node': the equation 'ij,jk->ik' names 2 operands, got 1" },
  { op: 'Einsum', name: 'lengths that differ', attributes: { equation: 'ij,jk->ik' }, inputs: [random(2, 3), random(2, 2)], message: "Einsum 'node': axis 'j' of 'ij,jk->ik' must have one length, got 3 and 2" },
  { op: 'Einsum', name: 'an unknown output axis', attributes: { equation: 'ij->k' }, inputs: [random(2, 3)], message: "Einsum 'node': the equation 'ij->k' must name each output axis once and in an operand, got 'k'" },
]);
