import { importModule } from 'build:import';
import type { ConnectionOptions } from '../connection/connection.js';
import type { Client } from '../engine/client.js';
import { Plan } from '../engine/plan.js';
import { wasmURLs } from '../engine/shared.js';
import { resolved, whereFrom } from '../engine/source.js';
import { ZmqError, textOf } from '../errors.js';
import type { Counters } from './stats.js';
import type { Location } from './status.js';

/** Which workers may hold the engine and the connection of a context: true is the one of this package, a URL a copy of it. */
export interface WorkerWish {
  readonly shared?: boolean | string | URL | undefined;
  readonly worker?: boolean | string | URL | undefined;
  /** Whose connection it is, where the credentials do not say that. */
  readonly user?: string | undefined;
  // With these it stays in the page.
  readonly resume?: unknown;
  readonly WebSocket?: unknown;
}

/** Whoever has a context that a worker may hold. */
export interface WorkerOwner {
  readonly options: ConnectionOptions & { readonly requestTimeout: number; readonly agent: string };
  readonly counters: Counters;
  /** Something has come from the worker: the client has to be asked to tell it. data is empty. */
  received(data: ArrayBuffer): void;
  /** The worker has no connection, for this reason, and will have another one. */
  waits(why: ZmqError): void;
  /** There will be none. */
  end(why: ZmqError): void;
}

/** What the module for this needs of the client that it is loaded by, so that there is one class of each. */
export interface Tools {
  readonly Plan: typeof Plan;
  readonly ZmqError: typeof ZmqError;
  readonly wasmURLs: typeof wasmURLs;
}

/** Where a context is held. If a worker holds it, there is the client that stands for what is in the worker. */
export interface Held {
  readonly client?: Client;
  readonly location: Location;
}

/** What worker.mjs is for a page: it finds a worker. It is loaded when a context asks for it. */
interface WorkerModule {
  hold(wish: WorkerWish, owner: WorkerOwner, tools: Tools): Promise<Held>;
}

/** Has a worker hold a context, or says why none does. */
export async function hold(wish: WorkerWish, owner: WorkerOwner): Promise<Held> {
  const copy = [wish.shared, wish.worker].find((it) => it && it !== true);
  let fallback = 'no workers here';
  for (const url of resolved(copy ? [() => copy as string] : (whereFrom().workers ?? []))) {
    try {
      const module = (await importModule(url)) as WorkerModule;
      return await module.hold(wish, owner, { Plan, ZmqError, wasmURLs });
    } catch (thrown) {
      fallback = textOf(thrown);
    }
  }
  return { location: { where: 'page', fallback } };
}
