import type { AttributionOutput } from '../../protocol/output';
import type { HostToRenderer, RendererToHost } from '../../protocol/renderer';

/** What a panel shows. */
export interface PanelContent {
  output: AttributionOutput;
  /** A sentence above the output, when something needs to be said about the input. */
  note?: string;
}

/** Messages from the extension host to the page of a panel: those to the notebook renderer, and what to show. */
export interface HostToPanel extends HostToRenderer {
  show: PanelContent;
}

/** Messages from the page of a panel to the extension host: those of the notebook renderer, and that it can take messages. */
export interface PanelToHost extends RendererToHost {
  ready: Record<string, never>;
}
