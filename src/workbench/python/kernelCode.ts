import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { PythonRequests } from '../../protocol/python';
import type { Kernel } from './jupyter';

/** The type of the output that answers; no notebook shows it. */
const ANSWER_MIME = 'application/vnd.attribution-lens.answer+json';
const ERROR_MIME = 'application/vnd.code.notebook.error';

/** The files that make the code of a request, in the order in which they run: each uses what those before it define. */
const FILES: { [K in keyof PythonRequests]: readonly string[] } = {
  connect: ['values', 'connect', 'run'],
  hover: ['values', 'hover', 'run'],
  choices: ['values', 'frameworks', 'calls', 'choices', 'run'],
};

/** The code that answers requests in kernels: files of media/python-editor, read once. */
export class KernelCode {
  private readonly files = new Map<string, string>();

  constructor(private readonly folder: string) {}

  /**
   * Asks a kernel. The code runs in a scope of its own and binds no name of the user's; once sent it is not cancelled,
   * for that would interrupt whatever the kernel runs by then.
   *
   * @throws LensError `runtime-failure` when the code fails; Jupyter's own error when the user does not allow it.
   */
  async ask<K extends keyof PythonRequests>(kernel: Kernel, method: K, params: PythonRequests[K]['params']): Promise<PythonRequests[K]['result']> {
    const source = FILES[method].map((name) => this.read(name)).join('\n');
    const scope = `{"__name__": "attribution_lens_editor", "REQUEST": ${JSON.stringify(JSON.stringify(params))}}`;
    const code = `exec(compile(${JSON.stringify(source)}, "<attribution-lens>", "exec"), ${scope})`;
    const never = new vscode.CancellationTokenSource();
    let answer: Answer<PythonRequests[K]['result']> | undefined;
    try {
      for await (const { items } of kernel.executeCode(code, never.token)) {
        for (const { mime, data } of items) {
          const text = new TextDecoder().decode(data);
          if (mime === ANSWER_MIME) answer = JSON.parse(text) as typeof answer;
          else if (mime === ERROR_MIME) answer ??= { error: text };
        }
      }
    } finally {
      never.dispose();
    }
    return answered(answer ?? { error: 'it said nothing' });
  }

  private read(name: string): string {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const text = readFileSync(path.join(this.folder, `${name}.py`), 'utf8');
    this.files.set(name, text);
    return text;
  }
}

type Answer<R> = { value: R } | { error: string };

function answered<R>(answer: Answer<R>): R {
  if ('error' in answer) throw failed(answer.error);
  return answer.value;
}

const failed = (why: string): LensError => new LensError('runtime-failure', `The Python kernel could not answer: ${why}`);
