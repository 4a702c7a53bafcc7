import type { Upgrade } from '../nodeContext';
import { axisUpgrades } from './axes';
import { functionUpgrades } from './functions';
import { inferenceUpgrades } from './inference';
import { legacyUpgrades } from './legacy';
import { padUpgrades } from './pad';
import { recurrentUpgrades } from './recurrent';
import { resizeUpgrades } from './resize';
import { softmaxUpgrades } from './softmax';
import { typeUpgrades } from './types';

const upgrades = new Map<string, Upgrade>(
  [axisUpgrades, functionUpgrades, inferenceUpgrades, legacyUpgrades, padUpgrades, recurrentUpgrades, resizeUpgrades, softmaxUpgrades, typeUpgrades].flatMap((table) => Object.entries(table)),
);

/** How an operator of another opset is brought into the form of opset 17; undefined: all versions from 6 on agree. */
export const upgradeOf = (op: string): Upgrade | undefined => upgrades.get(op);
