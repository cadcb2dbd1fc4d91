import type { ConnectionOptions } from '../connection/connection.js';
import type { Client } from '../engine/client.js';
import { Plan } from '../engine/plan.js';
import { wasmURL } from '../engine/shared.js';
import { ZmqError, errorOf, textOf } from '../errors.js';
import { parseJSON } from '../message/json.js';
import type { Counters } from './stats.js';
import type { Location } from './status.js';

/** Which workers may hold the engine and the connection of a context: true is the one of this package, a URL a copy of it. */
export interface WorkerWish {
  readonly shared?: boolean | string | URL | undefined;
  readonly worker?: boolean | string | URL | undefined;
  /** Whose connection it is, where the credentials do not say that. */
  readonly user?: string | undefined;
}

/** Whoever has a context that a worker may hold. */
export interface WorkerOwner {
  readonly options: ConnectionOptions & { readonly requestTimeout: number; readonly agent: string };
  readonly counters: Counters;
  /** Something has come from the worker: the client has to be asked to tell it. */
  arrived(): void;
  /** The worker has no connection, for this reason, and will have another one. */
  waits(why: ZmqError): void;
  /** There will be none. */
  end(why: ZmqError): void;
}

/** What the module for this needs of the client that it is loaded by, so that there is one class of each. */
export interface Tools {
  readonly Plan: typeof Plan;
  readonly ZmqError: typeof ZmqError;
  readonly errorOf: typeof errorOf;
  readonly textOf: typeof textOf;
  readonly parseJSON: typeof parseJSON;
  readonly wasmURL: typeof wasmURL;
}

/** Where a context is held. If a worker holds it, there is the client that stands for what is in the worker. */
export interface Held {
  readonly client?: Client;
  readonly location: Location;
}

/** The module that finds a worker. It is a file of its own, which is loaded when a context asks for it. */
export interface WorkerModule {
  hold(wish: WorkerWish, owner: WorkerOwner, tools: Tools): Promise<Held>;
}

let load: (() => Promise<WorkerModule>) | undefined;

/** Called by the entry point of a bundle that has such a module. */
export function setWorkerModule(it: () => Promise<WorkerModule>): void {
  load = it;
}

/** Has a worker hold a context, or says why none does. */
export async function hold(wish: WorkerWish, owner: WorkerOwner): Promise<Held> {
  try {
    const module = await load?.();
    if (module !== undefined) return await module.hold(wish, owner, { Plan, ZmqError, errorOf, textOf, parseJSON, wasmURL });
    return { location: { where: 'page', fallback: 'there are no such workers here' } };
  } catch (thrown) {
    return { location: { where: 'page', fallback: ZmqError.from(thrown).message } };
  }
}
