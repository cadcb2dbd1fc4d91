type Tag = keyof HTMLElementTagNameMap;

type Listeners = {
  [Type in keyof HTMLElementEventMap as `on${Type}`]?: (event: HTMLElementEventMap[Type]) => void;
};

interface Attributes {
  [name: `data-${string}` | `aria-${string}`]: string | number;
  style?: string;
}

/** What can be said of a new element: its properties, its attributes, and who listens to it. */
export type Props<K extends Tag> = Partial<Omit<HTMLElementTagNameMap[K], keyof Listeners | 'style'>> &
  Listeners &
  Attributes;

/** What can be put into an element: nodes, text, or nothing. */
export type Kid = Node | string | null | undefined;

/** The same, or lists of it. */
export type Kids = Kid | readonly Kid[];

/** Finds an element of the page, which is there or the page is broken. */
export function find(id: string): HTMLElement;
export function find<T extends HTMLElement>(id: string, type: new () => T): T;
export function find(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return element;
}

/** Makes an element. */
export function el<K extends Tag>(tag: K, props: Props<K>, ...kids: Kids[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  const given: [string, unknown][] = Object.entries(props);
  for (const [key, value] of given) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value as EventListener);
    else if (key in node && key !== 'style') Reflect.set(node, key, value);
    else node.setAttribute(key, String(value));
  }
  node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined));
  return node;
}

/** Makes a button that does not submit the form it is in. */
export function button(
  text: string,
  testid: string,
  onclick: () => void,
  props: Props<'button'> = {},
): HTMLButtonElement {
  return el('button', { type: 'button', 'data-testid': testid, onclick, ...props }, text);
}
