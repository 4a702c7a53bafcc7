import { isProxy } from 'node:util/types';
import { attributeInputs, choicesOf } from '../engine/requests/attribute';
import { display } from '../engine/requests/outputs';
import { isTuple } from '../engine/attribution/inputs';
import { describeValue, isTensor } from '../engine/attribution/tensorLike';
import { isModelSource, modelOf } from '../engine/models/modelOf';
import { LensError } from '../protocol/errors';
import type { AttributeExpressionParams, ExpressionChoices, ModelInScope } from '../protocol/kernel';
import type { AttributionBundle } from '../protocol/output';
import { asModel, modelInScope } from './display/modelView';
import { asTensor } from './display/tensorView';
import { takeApart } from './language/modelCall';
import type { Kernel } from './kernel';

/** What an expression says to attribute: the model is missing where it is just a tensor. */
interface Subject {
  kind: 'call' | 'tensor';
  model?: unknown;
  inputs: unknown;
}

/** The models among the variables of the session; after them the functions with parameters, each of which may be one. */
export function modelsInScope(kernel: Kernel): ModelInScope[] {
  const variables = kernel.variables().map((variable) => ({ variable, value: kernel.repl.peek(variable)?.value }));
  const models = variables.flatMap(({ variable, value }) => {
    const model = asModel(value);
    return model ? [modelInScope(variable, model)] : [];
  });
  const functions = variables.filter(({ value }) => typeof value === 'function' && !isProxy(value) && isModelSource(value) && value.length > 0);
  return [...models, ...functions.map(({ variable }) => ({ variable, description: 'function over tensors' }))];
}

/** What can be chosen for an expression. Its parts run, the model call itself does not. */
export async function expressionChoices(kernel: Kernel, { expression, model }: { expression: string; model?: string }): Promise<ExpressionChoices> {
  const subject = await read(kernel, expression, model);
  if (subject.model === undefined) return { kind: subject.kind, methods: [], predictions: [] };
  return { kind: subject.kind, ...(await choicesOf(subject.model, subject.inputs)) };
}

/** Attributes an expression of the session. */
export async function attributeExpression(kernel: Kernel, { expression, model, ...wish }: AttributeExpressionParams): Promise<AttributionBundle> {
  const subject = await read(kernel, expression, model);
  if (subject.model === undefined) {
    const known = modelsInScope(kernel).map(({ variable }) => variable);
    throw known.length > 0
      ? new LensError('invalid-argument', `'${expression}' is a tensor, and no model was chosen for it`, `Choose one of ${known.join(', ')}.`)
      : new LensError('not-found', 'There is no model in scope', 'Run a cell that makes or loads one, then attribute again.');
  }
  return display(await attributeInputs(subject.model, subject.inputs, wish));
}

async function read(kernel: Kernel, expression: string, modelName: string | undefined): Promise<Subject> {
  const parts = takeApart(expression);
  if (modelName !== undefined) {
    const model = await modelFrom(kernel, modelName);
    const value = await kernel.evaluateExpression(expression);
    return { kind: 'tensor', model, inputs: tensors(value, expression) };
  }
  if (parts.kind === 'call') {
    const callee = await kernel.evaluateExpression(parts.model);
    if (parts.method === undefined ? typeof callee === 'function' : isModelSource(callee)) {
      if (parts.arguments.length === 0) throw new LensError('invalid-argument', `'${expression}' gives the model no input`, 'Select a call with a tensor, such as model.predict(x).');
      const given = await Promise.all(parts.arguments.map((argument) => kernel.evaluateExpression(argument)));
      return { kind: 'call', model: await modelFrom(kernel, parts.model), inputs: given.length === 1 ? tensors(given[0], parts.arguments[0]!) : given };
    }
    if (parts.method !== undefined && parts.method !== 'call' && parts.method !== 'apply') throw noModel(parts.model, callee);
  }
  return { kind: 'tensor', inputs: tensors(await kernel.evaluateExpression(expression), expression) };
}

/** The model of a variable, under the variable's name. */
async function modelFrom(kernel: Kernel, variable: string): Promise<unknown> {
  const value = await kernel.evaluateExpression(variable);
  if (!isModelSource(value)) throw noModel(variable, value);
  await modelOf(value, variable);
  return value;
}

const noModel = (name: string, value: unknown): LensError => new LensError('invalid-argument', `'${name}' is ${describeValue(value)}, not a model`, 'Select a model call such as model.predict(x), or a tensor.');

function tensors(value: unknown, expression: string): unknown {
  if (isTuple(value) || isTensor(value) || asTensor(value)) return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  if (isModelSource(value) && typeof value !== 'function') throw new LensError('invalid-argument', `'${expression}' is a model, not a tensor`, `Select a call of it, such as ${expression}.predict(x).`);
  throw new LensError('invalid-argument', `'${expression}' is ${describeValue(value)}, neither a model call nor a tensor`, 'Select a model call such as model.predict(x), or a tensor.');
}
