// The entry of numpy.mjs: arrays of NumPy, for who has them. It imports the client, and has no part of its own of that.
export { type NumberArray } from './numpy/dtype.js';
export { type ArrayLike, type NDArray, fromNumpy, toNumpy } from './numpy/ndarray.js';
