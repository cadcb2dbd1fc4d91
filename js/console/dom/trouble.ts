import type { Failure } from '../model/failure.js';
import { socketType } from '../model/kind.js';
import type { Opening } from '../model/opening.js';
import { commandLine } from './copy.js';
import { el } from './element.js';

/** What to do about an error, in plain words, by its code. */
const advice: Readonly<Record<string, (about: Opening) => string>> = {
  denied: ({ preset }) =>
    preset
      ? 'This service belongs to the demo. Start the bridge with it:'
      : 'The rules of the bridge do not allow this. Allow it where the bridge is started:',
  unauthenticated: () =>
    'The bridge wants to know who you are: log in at the top of the page, or say it in the parameters.',
  unavailable: ({ kind, address }) =>
    kind === 'REP'
      ? 'The bridge could not bind there: the port may be taken.'
      : `Nobody answers at ${address}. Start the service, or correct the address. The socket comes up by itself when the service does.`,
  timeout: () => 'No answer in time. The service may be busy or stuck. Its late answer is dropped and disturbs nobody.',
  canceled: () => 'You canceled it. The service may still be at work on it.',
  busy: () => 'Too much is waiting already. Slow down, or raise the limits of the bridge.',
  too_large: () => 'The message is larger than the bridge lets through.',
  conflict: () => 'Somebody else uses this address or identity.',
  lost: () => 'The connection broke with the answer outstanding: the service may or may not have done the work.',
  closed: () => 'The socket or the connection was closed.',
  unsupported: () => 'This bridge does not offer that.',
  invalid: () => 'Correct the input and try again. An address looks like tcp://127.0.0.1:5555.',
  failed: () => 'The service got the call and answered with an error.',
  protocol: () => 'One end broke the protocol. Are the page and the bridge of the same version?',
};

const noAdvice = 'This should not happen. Please report it with the text above.';

/** An error, and what to do about it. mild is for what may pass by itself. */
export function showTrouble({ code = 'internal', message }: Failure, about: Opening, mild = false): HTMLElement {
  return el(
    'div',
    { className: `trouble${mild ? ' mild' : ''}`, role: 'alert', 'data-testid': 'error', 'data-code': code },
    el('p', {}, el('b', {}, code), ' ', message),
    el('p', {}, advice[code]?.(about) ?? noAdvice),
    code === 'denied' ? commandLine(remedy(about)) : null,
  );
}

/** The command that starts a bridge which allows it. */
function remedy({ preset, kind, address }: Opening): string {
  return preset ? 'zwb serve --demo' : `zwb serve --allow '${socketType(kind)} ${address}'`;
}
