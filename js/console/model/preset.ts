import type { Kind } from './kind.js';

/** A call that the card of an RPC service offers to try. Arguments are the JSON that is put into the fields. */
export interface SampleCall {
  readonly label: string;
  readonly func: string;
  readonly args: string;
  readonly kwargs: string;
}

/** A service that `zwb serve --demo` brings along. It is found at the demo's address of its kind. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly kind: Kind;
  readonly says: string;
  /** The text that stands in the message of a REQ card. */
  readonly text?: string;
  /** The prefixes that a SUB card subscribes to. */
  readonly topics?: readonly string[];
  /** The calls that an RPC card offers. */
  readonly calls?: readonly SampleCall[];
}

export const presets: readonly Preset[] = [
  { id: 'echo', title: 'Echo', kind: 'REQ', says: 'Get back what you send.', text: 'hello' },
  { id: 'ticker', title: 'Ticker', kind: 'SUB', says: 'Rates and the time.', topics: ['time', 'fx.'] },
  {
    id: 'rpc',
    title: 'Remote calls',
    kind: 'RPC',
    says: 'Call functions.',
    calls: [
      { label: 'add', func: 'add', args: '[1, 2]', kwargs: '{}' },
      { label: 'echo', func: 'echo', args: '["hello"]', kwargs: '{}' },
      { label: 'add_user', func: 'add_user', args: '["hugo", "secret"]', kwargs: '{}' },
      { label: 'add_user, no password', func: 'add_user', args: '["hugo", ""]', kwargs: '{}' },
    ],
  },
  { id: 'serve', title: 'Be a service', kind: 'REP', says: 'Answer what backends ask.' },
];
