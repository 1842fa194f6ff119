import { parseUnsigned } from '@hufu/api';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { HomePage } from '../pages/home/HomePage.tsx';
import { MissingPage } from './MissingPage.tsx';
import { Shell } from './Shell.tsx';

/**
 * Addresses are permalinks: a block is its height and a record its index, which never change. The first page
 * is in the first load; the others, and with them Ant Design and the verifier, come when they are opened.
 */
const rootRoute = createRootRoute({ component: Shell, notFoundComponent: MissingPage });

const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: HomePage });

const blocksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/blocks',
  validateSearch: (search): { readonly before?: number } => {
    const before = typeof search.before === 'string' ? parseUnsigned(search.before) : search.before;
    return typeof before === 'number' ? { before } : {};
  },
  component: lazyRouteComponent(() => import('../pages/blocks/BlocksPage.tsx'), 'BlocksPage'),
});

const blockRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/blocks/$height',
  component: lazyRouteComponent(() => import('../pages/block/BlockPage.tsx'), 'BlockPage'),
});

const recordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/records/$index',
  component: lazyRouteComponent(() => import('../pages/record/RecordPage.tsx'), 'RecordPage'),
});

const searchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/search',
  validateSearch: (search): { readonly q: string } => ({ q: typeof search.q === 'string' ? search.q : '' }),
  component: lazyRouteComponent(() => import('../pages/search/SearchPage.tsx'), 'SearchPage'),
});

const verifyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/verify',
  // The record whose proof is to be verified; without it the visitor brings one.
  validateSearch: (search): { readonly record?: number } => {
    const record = typeof search.record === 'string' ? parseUnsigned(search.record) : search.record;
    return typeof record === 'number' ? { record } : {};
  },
  component: lazyRouteComponent(() => import('../pages/verify/VerifyPage.tsx'), 'VerifyPage'),
});

const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/members',
  component: lazyRouteComponent(() => import('../pages/members/MembersPage.tsx'), 'MembersPage'),
});

export const router = createRouter({
  // The router's own reading would take a digest of digits only for a number, and round it.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const defined = Object.entries(search).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(defined.map(([name, value]) => [name, String(value)])).toString();
    return text === '' ? '' : `?${text}`;
  },
  routeTree: rootRoute.addChildren([
    homeRoute,
    blocksRoute,
    blockRoute,
    recordRoute,
    searchRoute,
    verifyRoute,
    membersRoute,
  ]),
  scrollRestoration: true,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
