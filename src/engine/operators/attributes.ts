import type { Attribute, GraphNode } from '../graph/graph';
import { invalid } from './context';

/** An integer attribute. Throws `invalid-model` when it is missing without a fallback or not an integer. */
export function integer(node: GraphNode, name: string, fallback?: number): number {
  const value = real(node, name, fallback);
  if (!Number.isSafeInteger(value)) throw wrong(node, name, 'an integer', value);
  return value;
}

/** A number attribute. */
export function real(node: GraphNode, name: string, fallback?: number): number {
  const value = attribute(node, name) ?? fallback;
  if (typeof value !== 'number') throw wrong(node, name, 'a number', value);
  return value;
}

/** A flag: ONNX writes 0 or 1. */
export const flag = (node: GraphNode, name: string, fallback = 0): boolean => integer(node, name, fallback) !== 0;

/** A list of integers; undefined when it is missing. */
export function integers(node: GraphNode, name: string): readonly number[] | undefined {
  const value = attribute(node, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrong(node, name, 'a list of integers', value);
  return value.map((item) => {
    if (!Number.isSafeInteger(item)) throw wrong(node, name, 'a list of integers', value);
    return Number(item);
  });
}

/** A string attribute that must be one of the choices. */
export function choice<T extends string>(node: GraphNode, name: string, choices: readonly T[], fallback: T): T {
  const value = attribute(node, name) ?? fallback;
  const known = choices.find((candidate) => candidate === value);
  if (known === undefined) throw wrong(node, name, `one of ${choices.join(', ')}`, value);
  return known;
}

/** A string attribute. */
export function text(node: GraphNode, name: string, fallback?: string): string {
  const value = attribute(node, name) ?? fallback;
  if (typeof value !== 'string') throw wrong(node, name, 'a string', value);
  return value;
}

function attribute(node: GraphNode, name: string): Attribute | undefined {
  return Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
}

function wrong(node: GraphNode, name: string, requirement: string, value: Attribute | undefined): Error {
  return invalid(node, `${name} must be ${requirement}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
}
