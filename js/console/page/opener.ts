import { demoAddress } from '../dom/demo.js';
import { el, find } from '../dom/element.js';
import { checked } from '../dom/field.js';
import { parseObject } from '../model/json.js';
import { allKinds, type Kind, kinds, subscribes } from '../model/kind.js';
import type { Opening } from '../model/opening.js';

/** The form that opens a socket by hand. */
export class Opener {
  readonly #open: (opening: Opening) => void;
  readonly #address = find('address', HTMLInputElement);
  readonly #bind = find('bind', HTMLInputElement);
  readonly #topics = find('topics', HTMLInputElement);
  readonly #params = find('params', HTMLTextAreaElement);
  readonly #fault = find('openfault');
  #kind: Kind = 'SUB';

  constructor(open: (opening: Opening) => void) {
    this.#open = open;
    for (const kind of allKinds) find('types').append(this.#choice(kind));
    this.#choose(this.#kind);
    find('more').addEventListener('click', () => this.#toggleParams());
    this.#params.addEventListener('input', () => this.#readParams());
    find('opener', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  #choice(kind: Kind): HTMLElement {
    const radio = el('input', {
      type: 'radio',
      name: 'type',
      value: kind,
      checked: kind === this.#kind,
      onchange: () => this.#choose(kind),
      'data-testid': `type-${kind}`,
    });
    return el('label', { 'data-type': kind, title: kinds[kind].says }, radio, kind);
  }

  #choose(kind: Kind): void {
    this.#kind = kind;
    find('kind').textContent = kinds[kind].says;
    this.#address.placeholder = demoAddress(kind);
    find('topicsbox').hidden = !subscribes(kind);
    find('bindbox').hidden = kind === 'REP' || kind === 'REQ' || kind === 'RPC';
  }

  #toggleParams(): void {
    const box = find('paramsbox');
    box.hidden = !box.hidden;
    find('more').setAttribute('aria-expanded', String(!box.hidden));
    this.#params.focus();
  }

  #readParams(): object | undefined {
    return checked(this.#params, this.#fault, () => parseObject(this.#params.value));
  }

  #readAddress(): string | undefined {
    return checked(this.#address, this.#fault, () => {
      const address = this.#address.value.trim();
      if (address === '') throw new Error(`Which address? For example ${this.#address.placeholder}`);
      return address;
    });
  }

  #readTopics(): string[] {
    const topics = this.#topics.value.split(',').map((topic) => topic.trim());
    const named = topics.filter((topic) => topic !== '');
    return named.length > 0 ? named : [''];
  }

  #submit(): void {
    const params = this.#readParams();
    if (params === undefined) return this.#params.focus();
    const address = this.#readAddress();
    if (address === undefined) return this.#address.focus();
    const bind = this.#bind.checked && !find('bindbox').hidden;
    this.#open({ kind: this.#kind, address, bind, params, topics: this.#readTopics() });
  }
}
