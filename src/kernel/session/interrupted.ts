/** Thrown into the code of a cell that was interrupted. */
export class Interrupted extends Error {
  constructor() {
    super('The cell was interrupted. The variables of earlier cells are still there.');
    this.name = 'Interrupted';
  }
}
