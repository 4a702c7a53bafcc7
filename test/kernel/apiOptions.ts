// Reads the options of the attribution API from its types and TSDoc. Run as a script, it writes them to where
// completions find them: node --import tsx test/kernel/apiOptions.ts
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { ApiOptions } from '../../src/kernel/language/apiOptions';

const root = path.resolve(import.meta.dirname, '../..');
export const FILE = path.join(root, 'src/kernel/language/apiOptions.json');

/** The options by class (empty for functions), method and position of the argument. */
export function readApiOptions(): ApiOptions {
  const file = path.join(root, 'src/engine/api.ts');
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file)!;
  const api = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).find(({ name }) => name === 'api')!;
  // Without a prototype, since `constructor` is a key.
  const table = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;
  const found: ApiOptions = table();

  const add = (className: string, method: string, signatures: readonly ts.Signature[]) => {
    for (const signature of signatures) {
      for (const [position, parameter] of signature.getParameters().entries()) {
        for (const option of optionsOf(checker.getNonNullableType(checker.getTypeOfSymbol(parameter)), signature)) {
          const known = (((found[className] ??= table())[method] ??= table())[position] ??= []);
          if (!known.some(({ name }) => name === option.name)) known.push(option);
        }
      }
    }
  };

  const optionsOf = (type: ts.Type, signature: ts.Signature) => {
    const parts = partsOf(type);
    const isPlain = parts.every((part) => (part.flags & ts.TypeFlags.Object) !== 0 && part.getCallSignatures().length === 0 && !checker.isArrayLikeType(part));
    const properties = isPlain ? parts.flatMap((part) => part.getProperties()) : [];
    // An object all of whose properties may be left out, but for a few, holds options.
    const optional = properties.filter((property) => (property.flags & ts.SymbolFlags.Optional) !== 0);
    return optional.length === 0 || properties.length - optional.length > 4 ? [] : properties.map((property) => optionOf(property, signature)).filter(({ type }) => type !== 'never' && type !== 'undefined');
  };

  /** What a type is made of, with the default for a type that a caller may choose. */
  const partsOf = (type: ts.Type): ts.Type[] => {
    if (type.isIntersection()) return type.types.flatMap(partsOf);
    if (!type.isTypeParameter()) return [type];
    const chosen = checker.getDefaultFromTypeParameter(type) ?? type.getConstraint();
    return chosen ? partsOf(chosen) : [type];
  };

  const optionOf = (property: ts.Symbol, signature: ts.Signature) => ({
    name: property.name,
    type: typeText(property),
    documentation: textOf(property.getDocumentationComment(checker)) || sentencesAbout(property.name, textOf(signature.getDocumentationComment(checker))),
  });

  const textOf = (parts: ts.SymbolDisplayPart[]) => ts.displayPartsToString(parts).replace(/\s*\n\s*/g, ' ');
  const sentencesAbout = (name: string, text: string) => text.split(/(?<=\.) /).filter((sentence) => sentence.includes(name)).join(' ');

  /** The type as it is written, strings to choose from spelled out. */
  const typeText = (property: ts.Symbol) => {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
    const choices = type.isUnion() && type.types.every((part) => part.isStringLiteral());
    const declaration = property.valueDeclaration;
    const written = declaration && ts.isPropertySignature(declaration) ? declaration.type?.getText() : undefined;
    return choices || !written ? checker.typeToString(type) : written.replace(/^true$/, 'boolean');
  };

  for (const entry of checker.getTypeOfSymbol(api).getProperties()) {
    const type = checker.getTypeOfSymbol(entry);
    add('', entry.name, type.getCallSignatures());
    add(entry.name, 'constructor', type.getConstructSignatures());
    for (const instance of type.getConstructSignatures().slice(0, 1).map((signature) => signature.getReturnType())) {
      for (const method of instance.getProperties().filter(({ flags }) => flags & ts.SymbolFlags.Method)) {
        if (['attribute', 'perturb', 'evaluate', 'influence', 'interpret'].includes(method.name)) add(entry.name, method.name, checker.getTypeOfSymbol(method).getCallSignatures());
      }
    }
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) fs.writeFileSync(FILE, `${JSON.stringify(readApiOptions(), null, 2)}\n`);
