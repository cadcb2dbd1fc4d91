// What the tests import as zeromq.js: this package, told where its bridge is.
import { configure } from '../../../dist/zmq.node.mjs';

configure({ url: process.env.ZWB_URL });

export * from '../../../dist/zeromq.node.mjs';
