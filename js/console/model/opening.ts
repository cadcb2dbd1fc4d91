import type { Kind } from './kind.js';
import type { Preset } from './preset.js';

/** What somebody asked the console to open. */
export interface Opening {
  readonly kind: Kind;
  readonly address: string;
  /** Whether the bridge is to listen at the address. For a REP it always does. */
  readonly bind?: boolean | undefined;
  /** What the bridge's access check decides on. */
  readonly params: object;
  /** The prefixes that a SUB socket begins with. */
  readonly topics: readonly string[];
  /** The service of the demo that was chosen, where it was not an address typed by hand. */
  readonly preset?: Preset | undefined;
}
