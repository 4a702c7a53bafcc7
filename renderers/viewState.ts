import { COLOR_SCHEMES, DEFAULT_COLOR_SCHEME } from '../src/visualization/colorSchemes';
import { IMAGE_MODES, needsOneSign, type ImageMode } from '../src/visualization/composeImage';
import { DEFAULT_OUTLIER_PERC } from '../src/visualization/normalizeAttr';
import type { InitialView } from '../src/protocol/output';
import { ATTRIBUTION_SIGNS, type AttributionSign } from '../src/visualization/sign';
import { TIMESERIES_METHODS, type TimeseriesMethod } from '../src/visualization/timeseries';

/** What of an output is shown and how; changing it asks nothing of the engine. */
export interface ViewState {
  sign: AttributionSign;
  mode: ImageMode;
  timeseries: TimeseriesMethod;
  /** Id of a colour scheme. */
  scheme: string;
  outlierPerc: number;
  /** Index of the example. */
  example: number;
  /** Index of the input. */
  input: number;
  /** Order of tabular features; undefined: as given when they are few, else the strongest first. */
  order?: FeatureOrder;
  /** The sign to go back to, while a mode that cannot show sign `all` has replaced it. */
  signBefore?: AttributionSign;
}

export type FeatureOrder = 'given' | 'strength';

export const MAX_OUTLIER_PERC = 20;

export const DEFAULT_VIEW_STATE: ViewState = {
  sign: 'all',
  mode: 'blended_heat_map',
  timeseries: 'overlay_individual',
  scheme: DEFAULT_COLOR_SCHEME.id,
  outlierPerc: DEFAULT_OUTLIER_PERC,
  example: 0,
  input: 0,
};

/**
 * The next state. A mode that shows strength alone cannot show sign `all`, so entering it switches to `absolute_value`,
 * and leaving it switches back unless another sign was chosen in between.
 */
export function changeView(state: ViewState, change: Partial<ViewState>): ViewState {
  const next: ViewState = { ...state, ...change };
  if (change.sign !== undefined) next.signBefore = undefined;
  if (needsOneSign(next.mode)) {
    if (next.sign === 'all') [next.sign, next.signBefore] = ['absolute_value', 'all'];
  } else if (next.signBefore) {
    [next.sign, next.signBefore] = [next.signBefore, undefined];
  }
  return next;
}

/** What `getState` and `setState` of the renderer's context keep: the state of each output, by its id. */
export interface SavedStates {
  outputs: [id: string, state: ViewState][];
}

/** Outputs whose state is kept; the least recently changed ones are dropped. */
const MAX_SAVED = 200;

/** View states by output id, in a store that survives re-rendering. What the store returns is not trusted. */
export class ViewStateStore {
  private readonly states: Map<string, ViewState>;

  constructor(private readonly context: { getState(): unknown; setState(value: SavedStates): void }) {
    this.states = new Map(readSaved(context.getState()));
  }

  /** The state that was chosen last, or the one in which the output asks to be shown at first. */
  get(outputId: string, initial: InitialView = {}): ViewState {
    const asked = Object.entries(initial).filter(([, value]) => value !== undefined);
    return this.states.get(outputId) ?? (asked.length > 0 ? changeView(DEFAULT_VIEW_STATE, Object.fromEntries(asked)) : DEFAULT_VIEW_STATE);
  }

  set(outputId: string, state: ViewState): void {
    this.states.delete(outputId);
    this.states.set(outputId, state);
    for (const oldest of this.states.keys()) {
      if (this.states.size <= MAX_SAVED) break;
      this.states.delete(oldest);
    }
    this.context.setState({ outputs: [...this.states] });
  }
}

function readSaved(saved: unknown): [string, ViewState][] {
  if (typeof saved !== 'object' || saved === null || !('outputs' in saved) || !Array.isArray(saved.outputs)) return [];
  return saved.outputs.flatMap((entry: unknown) =>
    Array.isArray(entry) && typeof entry[0] === 'string' ? [[entry[0], readState(entry[1])] satisfies [string, ViewState]] : [],
  );
}

function readState(saved: unknown): ViewState {
  const fields: Partial<Record<keyof ViewState, unknown>> = typeof saved === 'object' && saved !== null ? saved : {};
  const oneOf = <T>(choices: readonly T[], value: unknown): T | undefined => choices.find((choice) => choice === value);
  const index = (value: unknown): number => (Number.isInteger(value) ? Math.max(0, value as number) : 0);
  const perc = fields.outlierPerc;
  return changeView(DEFAULT_VIEW_STATE, {
    sign: oneOf(ATTRIBUTION_SIGNS, fields.sign) ?? DEFAULT_VIEW_STATE.sign,
    mode: oneOf(IMAGE_MODES, fields.mode) ?? DEFAULT_VIEW_STATE.mode,
    timeseries: oneOf(TIMESERIES_METHODS, fields.timeseries) ?? DEFAULT_VIEW_STATE.timeseries,
    scheme: COLOR_SCHEMES.find(({ id }) => id === fields.scheme)?.id ?? DEFAULT_VIEW_STATE.scheme,
    outlierPerc: typeof perc === 'number' && perc >= 0 && perc <= MAX_OUTLIER_PERC ? perc : DEFAULT_VIEW_STATE.outlierPerc,
    example: index(fields.example),
    input: index(fields.input),
    order: oneOf(['given', 'strength'] as const, fields.order),
  });
}
