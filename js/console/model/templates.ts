import type { Kind } from './kind.js';

/** A part of a message as it stands in the fields: text, or bytes as hex. */
export interface Draft {
  readonly text: string;
  readonly hex: boolean;
}

/** A message that is kept to be sent again. */
export interface Template {
  readonly name: string;
  readonly kind: Kind;
  readonly drafts: readonly Draft[];
}

/** How many are kept, and where. */
const MOST = 100;
const KEY = 'zwb.console.templates';

/** The messages that somebody has kept, in this browser, until they are removed. */
export class Templates {
  readonly #storage: Storage | undefined;
  #all: Template[];

  constructor(storage: Storage | undefined) {
    this.#storage = storage;
    this.#all = read(storage);
  }

  of(kind: Kind): readonly Template[] {
    return this.#all.filter((it) => it.kind === kind);
  }

  /** Keeps one, in place of another of the same name. */
  add(template: Template): void {
    this.remove(template);
    this.#all.push(template);
    this.#all.splice(0, this.#all.length - MOST);
    this.#write();
  }

  remove({ kind, name }: Template): void {
    this.#all = this.#all.filter((it) => it.kind !== kind || it.name !== name);
    this.#write();
  }

  #write(): void {
    try {
      this.#storage?.setItem(KEY, JSON.stringify(this.#all));
    } catch {
      // The storage is full or forbidden: they last as long as the page.
    }
  }
}

function read(storage: Storage | undefined): Template[] {
  try {
    const all: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]');
    return Array.isArray(all) ? all.filter(isTemplate).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function isTemplate(it: unknown): it is Template {
  const { name, kind, drafts } = (it ?? {}) as Partial<Record<keyof Template, unknown>>;
  const isDraft = (draft: unknown): boolean => typeof (draft as Draft | null)?.text === 'string';
  return typeof name === 'string' && typeof kind === 'string' && Array.isArray(drafts) && drafts.every(isDraft);
}

/** Puts values in place of {{n}}, which counts, {{now}}, the time in milliseconds, and {{uuid}}. */
export function filled(text: string, n: number): string {
  return text.replace(/\{\{(n|now|uuid)\}\}/g, (_all, name: string) => {
    if (name === 'n') return String(n);
    return name === 'now' ? String(Date.now()) : uuid();
  });
}

/** 32 random hexadecimal digits, which pages without https have, too. */
function uuid(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
