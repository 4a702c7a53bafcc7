import type { ModelInspection } from '../../protocol/engine';

/** Messages from the extension host to the page of Inspect Model. */
export interface HostToInspection {
  show: ModelInspection;
}

/** Messages from the page to the extension host. */
export interface InspectionToHost {
  /** The page can take messages. */
  ready: Record<string, never>;
  /** A new notebook with the model. */
  openNotebook: Record<string, never>;
  /** The name of a layer, for the clipboard. */
  copy: { text: string };
}
