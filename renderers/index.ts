import type { ActivationFunction, OutputItem } from 'vscode-notebook-renderer';
import { LensError } from '../src/protocol/errors';
import './elements/outputCard';
import type { OutputCard } from './elements/outputCard';
import { Hub } from './hub';
import type { OutputModel } from './model';
import type { OutputSession } from './session';
import { readOutput } from './validate';
import type { SavedStates } from './viewState';

/** Larger payloads are not parsed: reading them would freeze the notebook. */
const MAX_BYTES = 64 * 2 ** 20;

/** What is on the page for one output item of the notebook. */
interface Shown {
  element: HTMLElement;
  card: OutputCard;
  session?: OutputSession;
}

/** The entry point of the notebook renderer. */
export const activate: ActivationFunction<SavedStates> = (context) => {
  const hub = new Hub(context);
  const items = new Map<string, Shown>();

  function close(id: string): void {
    const shown = items.get(id);
    if (shown?.session) hub.close(shown.session);
    shown?.card.remove();
    items.delete(id);
  }

  return {
    async renderOutputItem(item, element): Promise<void> {
      let shown = items.get(item.id);
      if (shown && shown.element !== element) {
        close(item.id);
        shown = undefined;
      }
      if (!shown) {
        const card = document.createElement('lens-output-card') as OutputCard;
        element.replaceChildren(card);
        items.set(item.id, (shown = { element, card }));
      }
      show(shown, readItem(item));
      await shown.card.updateComplete;
    },
    disposeOutputItem(id): void {
      for (const known of id === undefined ? [...items.keys()] : [id]) close(known);
    },
  };

  /** The same output again keeps its session, with its capabilities and its view; another one starts anew. */
  function show(shown: Shown, read: OutputModel | { message: string; nextStep?: string }): void {
    if (!('schema' in read)) {
      if (shown.session) hub.close(shown.session);
      shown.session = undefined;
      shown.card.session = undefined;
      shown.card.problem = read;
      return;
    }
    shown.card.problem = undefined;
    if (shown.session?.id === read.id) {
      shown.session.onUpdated(read);
      shown.session.hello();
    } else {
      if (shown.session) hub.close(shown.session);
      shown.card.session = shown.session = hub.open(read);
    }
  }
};

function readItem(item: OutputItem): OutputModel | { message: string; nextStep?: string } {
  try {
    const bytes = item.data().byteLength;
    if (bytes > MAX_BYTES) {
      throw new LensError('invalid-argument', `This output has ${Math.round(bytes / 2 ** 20)} MB, at most ${MAX_BYTES / 2 ** 20} MB are read`);
    }
    return readOutput(parse(item));
  } catch (error) {
    const known = error instanceof LensError;
    return {
      message: `This attribution cannot be shown. ${known ? error.message : 'Something unexpected is in it'}.`,
      nextStep: (known && error.nextStep) || 'Run the cell again to make it anew.',
    };
  }
}

function parse(item: OutputItem): unknown {
  try {
    return JSON.parse(item.text());
  } catch {
    throw new LensError('invalid-argument', 'It is not JSON');
  }
}
