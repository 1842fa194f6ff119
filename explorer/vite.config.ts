import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: {
    // The workspace root has another React (a test tool's); everything here must share this package's own.
    dedupe: ['react', 'react-dom'],
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // The node's content security policy refuses data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      treeshake: {
        // Importing our own libraries does nothing by itself, so what a page does not use is left out.
        moduleSideEffects: (id) => !/\/(?:crypto|consensus|proof|api)\/src\//.test(id),
      },
    },
  },
  server: {
    // The first node of `hufu dev`.
    proxy: { '/v1': process.env.HUFU_NODE_URL ?? 'http://127.0.0.1:8401' },
  },
});
