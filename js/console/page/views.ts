import { find } from '../dom/element.js';
import { later } from '../dom/later.js';

/** One of the views of the traffic. */
export interface View {
  readonly root: HTMLElement;
  /** Shows what there is now. It is called while the view is seen, a few times a second, but not while it is held. */
  draw(): void;
  /** Shows only what contains this text. */
  filter?(text: string): void;
  /** It is seen from now on, or not any more; held says whether somebody wants it to stay as it is. */
  seen?(yes: boolean, held: boolean): void;
}

export const viewNames = ['sockets', 'topics', 'messages', 'events', 'latency'] as const;
export type ViewName = (typeof viewNames)[number];

/**
 * The views, of which one is seen, and the tools that all of them share: what is filtered, whether it is held, and to begin
 * anew. The sockets are a view of their own where there is no room for them beside another.
 */
export class Views {
  readonly #views: ReadonlyMap<ViewName, View>;
  readonly #main = find('main');
  readonly #find = find('find', HTMLInputElement);
  readonly #pause = find('pause');
  readonly #tabs = viewNames.map((name) => find(`tab-${name}`));
  #name: ViewName = 'topics';
  /** Whether the view was chosen, or suggested once: then it does not change by itself. */
  #chosen = false;
  held = false;
  /** Something that a link says has changed. */
  changed: () => void = () => {};

  constructor(views: ReadonlyMap<ViewName, View>) {
    this.#views = views;
    for (const [name, view] of views) find(`view-${name}`).append(view.root);
    for (const [i, tab] of this.#tabs.entries()) {
      tab.addEventListener('click', () => this.choose(viewNames[i]!));
      tab.addEventListener('keydown', (event) => this.#key(event, i));
    }
    this.#find.addEventListener('input', () => this.#filterAll());
    this.#pause.addEventListener('click', () => this.hold(!this.held));
  }

  get name(): ViewName {
    return this.#name;
  }

  get filter(): string {
    return this.#find.value;
  }

  set filter(text: string) {
    this.#find.value = text;
    this.#filterAll();
  }

  #filterAll(): void {
    for (const view of this.#views.values()) view.filter?.(this.#find.value.trim());
    this.changed();
  }

  /** Shows a view that somebody has chosen. */
  choose(name: ViewName): void {
    this.#chosen = true;
    this.show(name);
  }

  /** Shows a view that fits what somebody does first. */
  suggest(name: ViewName): void {
    if (!this.#chosen) this.choose(name);
  }

  show(name: ViewName): void {
    this.#views.get(this.#name)?.seen?.(false, this.held);
    this.#name = name;
    this.#main.dataset['view'] = name;
    for (const [i, tab] of this.#tabs.entries()) {
      const mine = viewNames[i] === name;
      tab.setAttribute('aria-selected', String(mine));
      tab.tabIndex = mine ? 0 : -1;
      const panel = document.getElementById(`view-${viewNames[i]}`);
      if (panel !== null) panel.hidden = !mine;
    }
    const view = this.#views.get(name);
    view?.seen?.(true, this.held);
    if (view !== undefined) view.draw();
    this.changed();
  }

  /** The arrows go from tab to tab. */
  #key(event: KeyboardEvent, i: number): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const seen = viewNames.filter((_, at) => this.#tabs[at]!.offsetParent !== null);
    const to = seen[(seen.indexOf(viewNames[i]!) + step + seen.length) % seen.length]!;
    this.choose(to);
    find(`tab-${to}`).focus();
    event.preventDefault();
  }

  /** Has all views stay as they are, or go on. Nothing is lost meanwhile that is within the bounds. */
  hold(yes: boolean): void {
    this.held = yes;
    this.#pause.setAttribute('aria-pressed', String(yes));
    this.#pause.textContent = yes ? 'Resume' : 'Pause';
    this.#views.get(this.#name)?.seen?.(true, yes);
    this.#main.classList.toggle('held', yes);
    if (!yes) this.draw();
  }

  focusFilter(): void {
    this.#find.focus();
    this.#find.select();
  }

  /** Shows what there is now, soon. */
  readonly tick = (): void => {
    if (!this.held) later(this.draw);
  };

  readonly draw = (): void => this.#views.get(this.#name)?.draw();
}
