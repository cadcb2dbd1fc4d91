import { createApp, onUnmounted, reactive } from 'vue/dist/vue.esm-bundler.js';
import { Context, SUB } from 'zmq-web-bridge';

const decode = ([topic, body]) => ({ pair: String(topic).slice('fx.'.length), ...body.json() });

/** The last price of each pair. The connection lives as long as the component that uses it. */
function usePrices(url) {
  const prices = reactive({});
  const context = new Context(url);
  onUnmounted(() => context.close());

  const sub = context.Socket(SUB, { overflow: 'conflate', rate: 10, decode });
  sub.connect('prices');
  sub.subscribe('fx.');
  (async () => {
    for await (const price of sub) prices[price.pair] = price;
  })();
  return prices;
}

createApp({ setup: () => ({ prices: usePrices('ws://127.0.0.1:8000/data') }) }).mount('#app');
