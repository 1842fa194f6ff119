import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './app/router.tsx';
import { queryClient } from './data/queries.ts';
import { startTranslation } from './i18n/index.ts';
import './theme/tokens.css';
import './theme/base.css';
import './theme/color-scheme.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

await startTranslation();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
