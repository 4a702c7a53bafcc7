import { ClassSummarizer } from './classSummarizer';
import { CommonStats, Count, Max, Mean, Min, MSE, StdDev, Sum, Var } from './stat';
import { Summarizer } from './summarizer';

/** Captum's summaries of attributions and the statistics that they are made of. */
export const statistics = { Summarizer, ClassSummarizer, CommonStats, Count, Max, Mean, Min, MSE, StdDev, Sum, Var };
