import type { Upgrade } from '../nodeContext';
import { attentionUpgrades } from './attention';
import { axisUpgrades } from './axes';
import { bitUpgrades } from './bits';
import { detectionUpgrades } from './detection';
import { fourierUpgrades } from './fourier';
import { functionUpgrades } from './functions';
import { gridSampleUpgrades } from './gridSample';
import { inferenceUpgrades } from './inference';
import { legacyUpgrades } from './legacy';
import { lossUpgrades } from './losses';
import { microsoftUpgrades } from './microsoft';
import { narrowUpgrades } from './narrow';
import { padUpgrades } from './pad';
import { poolingUpgrades } from './pooling';
import { productUpgrades } from './products';
import { quantizedUpgrades } from './quantized';
import { rearrangingUpgrades } from './rearranging';
import { recurrentUpgrades } from './recurrent';
import { resizeUpgrades } from './resize';
import { softmaxUpgrades } from './softmax';
import { spectrumUpgrades } from './spectra';
import { stateUpgrades } from './states';
import { forestUpgrades } from './tabular/forests';
import { linearModelUpgrades } from './tabular/linear';
import { preparationUpgrades } from './tabular/preparation';
import { typeUpgrades } from './types';

const upgrades = new Map<string, Upgrade>(
  [attentionUpgrades, axisUpgrades, bitUpgrades, detectionUpgrades, forestUpgrades, fourierUpgrades, functionUpgrades, gridSampleUpgrades, inferenceUpgrades, legacyUpgrades, linearModelUpgrades, lossUpgrades, microsoftUpgrades, narrowUpgrades, padUpgrades, poolingUpgrades, preparationUpgrades, productUpgrades, quantizedUpgrades, rearrangingUpgrades, recurrentUpgrades, resizeUpgrades, softmaxUpgrades, spectrumUpgrades, stateUpgrades, typeUpgrades].flatMap((table) => Object.entries(table)),
);

/** How an operator of another opset is brought into the form of opset 17; undefined: all versions from 6 on agree. */
export const upgradeOf = (op: string): Upgrade | undefined => upgrades.get(op);
