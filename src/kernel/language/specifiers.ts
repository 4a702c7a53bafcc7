import { readdirSync, type Dirent } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { TENSORFLOW_PACKAGE } from '../session/tensorflow';

/** The files that an import can name. */
const IMPORTABLE = /\.(?:[cm]?[jt]s|json)$/;

/** What can stand in an import: the packages installed for a folder, Node's own modules, or the files below `./`. */
export function specifiersFor(folder: string, typed: string): string[] {
  if (/^\.{1,2}\//.test(typed)) return filesBelow(folder, typed);
  return [...new Set([TENSORFLOW_PACKAGE, ...installedPackages(folder), ...builtinModules.filter((name) => !name.startsWith('_')).map((name) => `node:${name}`)])];
}

function filesBelow(folder: string, typed: string): string[] {
  const path = typed.slice(0, typed.lastIndexOf('/') + 1);
  return entries(join(folder, path))
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules' && (entry.isDirectory() || IMPORTABLE.test(entry.name)))
    .map((entry) => path + entry.name);
}

function installedPackages(folder: string): string[] {
  const names: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const modules = join(at, 'node_modules');
    for (const { name } of entries(modules)) {
      if (name.startsWith('@')) names.push(...entries(join(modules, name)).map((scoped) => `${name}/${scoped.name}`));
      else if (!name.startsWith('.')) names.push(name);
    }
    if (dirname(at) === at) return names;
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
