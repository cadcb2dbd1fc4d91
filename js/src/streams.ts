// The entry of streams.mjs: streams of remote calls, in a file of their own beside the client, which imports that.
export { StreamClient } from './streams/client.js';
export { type StreamClientOptions } from './streams/conversation.js';
export { type FunctionDocs, describeFunctions } from './streams/description.js';
export { type ItemStream, type StreamOptions } from './streams/itemstream.js';
export { StreamServer, type StreamServerOptions } from './streams/server.js';
