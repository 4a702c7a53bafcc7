import { toErrorPayload, type ErrorPayload } from '../../protocol/errors';
import type { MessageAction, Messages } from './messages';
import type { Services } from './services';

/** What is known about the job that failed, for its next steps. */
export interface FailedJob {
  /** Runs the job once more. */
  retry(): unknown;
  /** Starts the process anew that ran the job; the engine of the window when left out. */
  restart?: MessageAction;
  /** Next steps that only this job knows, by the code of the error. */
  actions?: Partial<Record<ErrorPayload['code'], MessageAction>>;
  /** Whether the labels of {@link actions} say all that the next steps of the errors do. */
  actionsSuffice?: boolean;
}

/** Tells the user what went wrong, with the next step as a button. */
export function reportFailure(error: unknown, services: Pick<Services, 'engine' | 'log'>, messages: Messages, job: FailedJob): void {
  const { code, message, nextStep, stack } = toErrorPayload(error);
  const retry: MessageAction = { label: 'Try Again', run: () => job.retry() };
  const own = job.actions?.[code];
  if (code === 'cancelled') {
    messages.show('information', 'The attribution was cancelled; earlier outputs are unchanged.', retry);
    return;
  }
  services.log.error(`${code}: ${message}${stack ? `\n${stack}` : ''}`);
  const text = sentences(message, own && job.actionsSuffice ? undefined : nextStep);
  if (own) messages.show('error', text, own);
  else if (code === 'engine-stopped') messages.show('error', text, job.restart ?? restartEngine(services, job));
  else if (code === 'internal') messages.show('error', text, { label: 'Show Log', run: () => services.log.show(true) }, retry);
  else messages.show('error', text);
}

function restartEngine({ engine }: Pick<Services, 'engine'>, job: FailedJob): MessageAction {
  return {
    label: 'Restart Engine',
    run: async () => {
      await engine.restart();
      await job.retry();
    },
  };
}

function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).map((part) => (/[.!?]$/.test(part!) ? part : `${part}.`)).join(' ');
}
