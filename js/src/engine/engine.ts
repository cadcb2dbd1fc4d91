// The room "engine" is the TypeScript around zmq.wasm, which is the Go package core: it loads the module, lays messages down
// in its memory, calls it, and reads what happened. It opens no WebSocket, and imports only language, message and
// errors.ts. The rooms "link", "attachment", "reception" and "socket" import it, and the entry points, to say where zmq.wasm is.
import { ZmqError, codeName } from '../errors.js';
import type { Part } from '../message/message.js';
import { type Controls, type Exports, DIED, Result } from './abi.js';
import type { Instance } from './loader.js';
import { Memory } from './memory.js';

/** A remote procedure call, taken apart. args and kwargs are JSON text, or empty where the call has none. */
interface RPCCall {
  readonly name: string;
  readonly args: string;
  readonly kwargs: string;
}

/** What of an engine concerns whoever has a Client: its death, and the envelopes of remote procedure calls. */
export type Engine = Pick<
  WasmEngine,
  'dead' | 'onDeath' | 'forget' | 'rpcCall' | 'rpcResult' | 'rpcParse' | 'rpcReturn' | 'rpcError'
>;

/**
 * One running instance of zmq.wasm. What its functions return as an error is thrown as a ZmqError. Such an error harms
 * nothing, but an instance may also die; then every call throws, and those who asked onDeath are told.
 */
export class WasmEngine {
  readonly exports: Exports;
  readonly controls: Controls;
  readonly memory: Memory;
  /** Why the instance died, once it has. */
  dead: ZmqError | undefined;
  readonly #mourners = new Set<(why: ZmqError) => void>();

  constructor(instance: Instance) {
    this.exports = instance.exports;
    this.controls = instance.controls;
    this.memory = new Memory(instance.memory, (size) => this.#alloc(size), this.exports.resultsAt());
  }

  #alloc(size: number): number {
    const at = this.exports.alloc(size);
    if (at === DIED) throw this.#died(); // no address is -2: nothing would fit behind it
    return at >>> 0; // an address beyond 2 GiB comes as a negative number
  }

  /** Calls fn when the instance dies. */
  onDeath(fn: (why: ZmqError) => void): void {
    this.#mourners.add(fn);
  }

  /** Takes back what onDeath was asked. */
  forget(fn: (why: ZmqError) => void): void {
    this.#mourners.delete(fn);
  }

  /** Returns a status that means success, and throws the error that any other one stands for. */
  check(status: number): number {
    if (status >= 0) return status;
    if (status === DIED) throw this.#died();
    throw this.failure();
  }

  /** The error of the last call, which failed. */
  failure(): ZmqError {
    const { memory } = this;
    const text = memory.text(memory.result(Result.Failure), memory.result(Result.FailureSize));
    return new ZmqError(codeName(memory.result(Result.Code)), text, { remote: memory.result(Result.Remote) !== 0 });
  }

  #died(): ZmqError {
    if (this.dead === undefined) {
      this.dead = new ZmqError('internal', 'the engine (zmq.wasm) died; make a new Context');
      for (const fn of [...this.#mourners]) fn(this.dead);
    }
    return this.dead;
  }

  // The envelopes of remote procedure calls, which core writes and reads (core/rpc).

  /** Makes the request that calls a function. args and kwargs are JSON text, or empty. */
  rpcCall(name: string, args: string, kwargs: string): Uint8Array {
    this.check(this.exports.rpcCall(3, this.memory.layParts([name, args, kwargs])));
    return this.memory.output().slice();
  }

  /** Returns the value that an answer carries, as JSON text; '' is undefined. Throws the error that an answer carries. */
  rpcResult(answer: Part): string {
    this.check(this.exports.rpcResult(1, this.memory.layParts([answer])));
    return this.memory.outputText();
  }

  /** Takes the request apart that calls a function. */
  rpcParse(call: Part): RPCCall {
    const { memory } = this;
    this.check(this.exports.rpcParse(1, memory.layParts([call])));
    const args = memory.result(Result.Split1);
    const kwargs = memory.result(Result.Split2);
    return {
      name: memory.outputText(0, args),
      args: memory.outputText(args, kwargs),
      kwargs: memory.outputText(kwargs),
    };
  }

  /** Makes the answer that carries a value, which is given as JSON text; '' becomes null. */
  rpcReturn(value: string): Uint8Array {
    this.check(this.exports.rpcReturn(1, this.memory.layParts([value])));
    return this.memory.output().slice();
  }

  /** Makes the answer of a call that failed. */
  rpcError(text: string): Uint8Array {
    this.check(this.exports.rpcError(1, this.memory.layParts([text])));
    return this.memory.output().slice();
  }
}
