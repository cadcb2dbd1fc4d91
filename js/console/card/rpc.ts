import type { RPCClient, Socket } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { checked, sendOnEnter } from '../dom/field.js';
import { connecting, literal } from '../model/code.js';
import type { FunctionDescription } from '../model/description.js';
import { parseArray, parseObject } from '../model/json.js';
import type { SampleCall } from '../model/preset.js';
import { Asking } from './asking.js';
import { Functions } from './functions.js';
import type { Holder, Panel } from './panel.js';

type Call = [name: string, args: readonly unknown[], kwargs: object];

/** A labelled field, and the place under it where its fault is told. */
class Field {
  readonly input: HTMLTextAreaElement;
  readonly root: HTMLElement;
  readonly #fault = el('p', { className: 'fault', hidden: true });

  constructor(testid: string, label: string, value: string, placeholder: string) {
    this.input = el('textarea', {
      rows: 1,
      value,
      placeholder,
      spellcheck: false,
      'data-testid': testid,
      onkeydown: sendOnEnter,
    });
    this.root = el('label', { className: 'field' }, el('span', {}, label), this.input, this.#fault);
  }

  read<T>(parse: (text: string) => T): T | undefined {
    return checked(this.input, this.#fault, () => parse(this.input.value));
  }
}

/** Calls the functions of an RPC server. */
export class RpcPanel implements Panel {
  readonly controls: readonly HTMLElement[];
  readonly #card: Holder;
  readonly #asking: Asking;
  readonly #func: Field;
  readonly #args: Field;
  readonly #kwargs: Field;
  #client: RPCClient | undefined;

  constructor(card: Holder) {
    this.#card = card;
    this.#asking = new Asking(card, 'Call');
    const functions = new Functions(
      () => this.#client,
      (described) => this.#take(described),
    );
    const samples = card.opening.preset?.calls ?? [];
    const { func = '', args = '', kwargs = '' } = samples[0] ?? {};
    this.#func = new Field('rpc-func', 'Function', func, 'add');
    this.#args = new Field('rpc-args', 'Arguments, JSON array', args, '[1, 2]');
    this.#kwargs = new Field('rpc-kwargs', 'Keywords, JSON object', kwargs, '{}');
    this.controls = this.#asking.controls(
      () => this.#submit(),
      [
        this.#chips(samples, functions.ask),
        functions.list,
        this.#func.root,
        el('div', { className: 'two' }, this.#args.root, this.#kwargs.root),
      ],
    );
  }

  #chips(samples: readonly SampleCall[], ask: HTMLElement): HTMLElement {
    const chips = samples.map((sample) =>
      button(sample.label, 'rpc-sample', () => this.#try(sample), { className: 'chip' }),
    );
    return el(
      'div',
      { className: 'chips' },
      samples.length > 0 ? el('span', { className: 'label' }, 'Try') : null,
      chips,
      ask,
    );
  }

  #try({ func, args, kwargs }: SampleCall): void {
    this.#func.input.value = func;
    this.#args.input.value = args;
    this.#kwargs.input.value = kwargs;
    this.#func.input.form?.requestSubmit();
  }

  /** Puts a function that the server has described into the fields. */
  #take({ name, args }: FunctionDescription): void {
    this.#func.input.value = name;
    this.#args.input.value = args;
    this.#kwargs.input.value = '';
    this.#args.input.focus();
  }

  /** What the fields say, or undefined where one of them is wrong. */
  #call(): Call | undefined {
    const name = this.#func.read(functionName);
    const args = this.#args.read(parseArray);
    const kwargs = this.#kwargs.read(parseObject);
    return name === undefined || args === undefined || kwargs === undefined ? undefined : [name, args, kwargs];
  }

  wire(socket: Socket): void {
    this.#client = new zmq.RPCClient(socket);
  }

  #submit(): void {
    const call = this.#call();
    const client = this.#client;
    if (call === undefined || client === undefined) return;
    const [funcname, args, kwargs] = call;
    void this.#asking.ask<unknown>({
      parts: [JSON.stringify({ funcname, args, kwargs })],
      run: (options) => client.call(...call, options),
      received: (value) => [JSON.stringify({ returnval: value })],
      shown: (value) => [JSON.stringify(value) ?? 'null'],
    });
  }

  stop(): void {
    this.#asking.stop();
  }

  code(): string {
    const call = this.#call() ?? ['add', [1, 2], {}];
    return `const req = context.Socket(zmq.REQ)
${connecting('req', this.#card.opening)}

const rpc = new zmq.RPCClient(req)
console.log(await rpc.call(${call.map(literal).join(', ')}, { timeout: ${this.#asking.timeout} }))`;
  }
}

function functionName(text: string): string {
  if (text.trim() === '') throw new Error('Which function?');
  return text.trim();
}
