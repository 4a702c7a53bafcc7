import type { Shape } from '../../tensor';

/** The shape in which a vector [C] broadcasts to [N, C, ...] along the channels. */
export const perChannel = (shape: Shape): number[] => [shape[1], ...shape.slice(2).map(() => 1)];
