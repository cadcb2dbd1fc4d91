import { ZmqError, codeName } from '../errors.js';
import type { Part } from '../message/message.js';
import { type Controls, type Exports, DIED, Result } from './abi.js';
import type { Instance } from './loader.js';
import { Memory } from './memory.js';

/** A call of RPC: JSON text, empty where there is none. */
export interface RPCCall {
  readonly name: string;
  readonly args: string;
  readonly kwargs: string;
}

/** One instance of zmq.wasm. Its methods throw the ZmqError that Go returned. */
export class Engine {
  readonly exports: Exports;
  readonly controls: Controls;
  readonly memory: Memory;
  /** Set once the instance has died. */
  dead: ZmqError | undefined;
  readonly #mourners = new Set<(why: ZmqError) => void>();

  constructor(instance: Instance) {
    this.exports = instance.exports;
    this.controls = instance.controls;
    this.memory = new Memory(instance.memory, (size) => this.#alloc(size), this.exports.resultsAt());
  }

  #alloc(size: number): number {
    const at = this.exports.alloc(size);
    if (at === DIED) throw this.#died(); // no address: it is the last but one
    return at >>> 0; // one past 2 GiB comes as a negative number
  }

  /** Calls fn when the instance dies. */
  onDeath(fn: (why: ZmqError) => void): void {
    this.#mourners.add(fn);
  }

  forget(fn: (why: ZmqError) => void): void {
    this.#mourners.delete(fn);
  }

  /** Passes a status on, and throws what it says went wrong. */
  check(status: number): number {
    if (status >= 0) return status;
    if (status === DIED) throw this.#died();
    throw this.failure();
  }

  /** The error of a call that failed. */
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

  rpcCall(name: string, args: string, kwargs: string): Uint8Array {
    this.check(this.exports.rpcCall(3, this.memory.layParts([name, args, kwargs])));
    return this.memory.output().slice();
  }

  /** The JSON text of the value that an answer carries; '' is undefined. Throws the error it carries. */
  rpcResult(answer: Part): string {
    this.check(this.exports.rpcResult(1, this.memory.layParts([answer])));
    return this.memory.outputText();
  }

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

  /** The answer that carries a value, given as JSON text; '' is null. */
  rpcReturn(value: string): Uint8Array {
    this.check(this.exports.rpcReturn(1, this.memory.layParts([value])));
    return this.memory.output().slice();
  }

  /** The answer of a call that failed. */
  rpcError(text: string): Uint8Array {
    this.check(this.exports.rpcError(1, this.memory.layParts([text])));
    return this.memory.output().slice();
  }
}
