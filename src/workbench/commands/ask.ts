import * as vscode from 'vscode';

export interface Item<T> extends vscode.QuickPickItem {
  value: T;
}

/** One question of a picker. */
export interface Question<T> {
  placeholder: string;
  items: readonly Item<T>[];
  /** Whether an item cannot be chosen: it has told why, and the question stays. */
  refuse?(value: T): boolean;
}

/** The answer of a user who left the question. */
export const LEFT = Symbol('left');
export type Left = typeof LEFT;

/** Asks one question; one with a single item answers itself, one without items is answered by undefined. */
export function ask<T>({ placeholder, items, refuse }: Question<T>, title: string, step = 1, totalSteps = 1): Promise<T | Left | undefined> {
  if (items.length <= 1) return Promise.resolve(items[0]?.value);
  return new Promise((resolve) => {
    const picker = vscode.window.createQuickPick<Item<T>>();
    Object.assign(picker, { title, placeholder, items, matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: false });
    if (totalSteps > 1) Object.assign(picker, { step, totalSteps });
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (!chosen || refuse?.(chosen.value)) return;
      resolve(chosen.value);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(LEFT);
      picker.dispose();
    });
    picker.show();
  });
}
