import type { StringStringEntryProto } from '../../graph/onnx_pb';

const KEYS = ['labels', 'class_names', 'classes', 'names'];

/** Class names that the file carries as metadata: a JSON list, or an object from index to name. */
export function labelsOf(metadata: readonly StringStringEntryProto[]): string[] | undefined {
  for (const key of KEYS) {
    const text = metadata.find((entry) => entry.key === key)?.value;
    const labels = text === undefined ? undefined : parseLabels(text);
    if (labels) return labels;
  }
  return undefined;
}

function parseLabels(text: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const names: unknown[] = Array.isArray(value) ? value : byIndex(value);
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names : undefined;
}

function byIndex(value: object): unknown[] {
  const entries = new Map(Object.entries(value));
  return Array.from({ length: entries.size }, (_, index) => entries.get(String(index)));
}
