import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { AttributeExpressionParams, KernelRequests } from '../../protocol/kernel';
import { requireTrust } from '../trust/trust';
import { reportFailure } from './failures';
import type { MessageAction, Messages } from './messages';
import { pickMethodAndTarget, pickModel } from './pickers';
import { withJobProgress } from './progress';
import type { Requester, Services } from './services';
import type { Subject } from './subject';

type CellSubject = Extract<Subject, { kind: 'cell' }>;

const TITLE = 'Attribute Selection';

/** Attributes an expression of a notebook cell; the output appears beneath that cell. */
export async function attributeCell(subject: CellSubject, services: Services, messages: Messages): Promise<void> {
  if (!requireTrust(TITLE, messages)) return;
  const { cell } = subject;
  if (!services.kernels.isSelected(cell.notebook)) {
    messages.show('error', 'This notebook runs with another kernel, whose values cannot be attributed. Select the kernel "TypeScript (Attribution Lens)".', {
      label: 'Select Kernel',
      run: () => vscode.commands.executeCommand('notebook.selectKernel'),
    });
    return;
  }
  const retry = () => attributeCell(subject, services, messages);
  const runCell: MessageAction = {
    label: 'Run Cell',
    run: () => vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri }),
  };
  try {
    const session = services.kernels.session(cell.notebook);
    if (!session) throw new LensError('not-found', `Cell ${cell.index + 1} has not run yet, so its values are unknown`, 'Run the cell, then attribute again.');
    const params = await chooseParams(subject, session, messages);
    if (!params) return;
    const bundle = await withJobProgress(`Attributing ${shorten(params.expression)}`, (job) => session.request('attributeExpression', params, job));
    await services.kernels.appendOutput(cell, bundle);
    // The output may lie below the part of the notebook that is in view.
    vscode.window.setStatusBarMessage(`$(check) ${shorten(params.expression)} was attributed beneath cell ${cell.index + 1}`, 6000);
  } catch (error) {
    reportFailure(error, services, messages, {
      retry,
      restart: { label: 'Restart Kernel', run: () => services.kernels.restart(cell.notebook) },
      actions: { 'not-found': runCell },
    });
  }
}

async function chooseParams(subject: CellSubject, session: Requester<KernelRequests>, messages: Messages): Promise<AttributeExpressionParams | undefined> {
  const expression = subject.selection || (await expressionUnderCursor(subject, session));
  const asked = subject.asked;
  const title = `${TITLE}: ${shorten(expression)}`;
  let choices = await withJobProgress(`Reading ${shorten(expression)}`, ({ signal }) => session.request('expressionChoices', { expression, model: asked?.model }, { signal }));
  let model = asked?.model;
  if (choices.kind === 'tensor' && model === undefined) {
    model = await pickModel(await session.request('modelsInScope', {}), title);
    if (model === undefined) return undefined;
    if (!asked) choices = await session.request('expressionChoices', { expression, model });
  }
  if (asked) return { expression, model };
  const picked = await pickMethodAndTarget(choices, title, messages);
  return picked && { expression, model, ...picked };
}

async function expressionUnderCursor({ code, offset }: CellSubject, session: Requester<KernelRequests>): Promise<string> {
  const found = await session.request('inspect', { code, offset });
  if (found) return found.expression;
  throw new LensError('invalid-argument', 'Nothing is selected, and there is no value under the cursor', 'Select a model call such as model.predict(x), or a tensor.');
}

function shorten(expression: string): string {
  const line = expression.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
