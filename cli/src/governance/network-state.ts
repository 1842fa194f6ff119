import { type NodeClient, type NodeStatus, nodeClient } from '@hufu/api';
import { asEpoch } from '@hufu/consensus';
import { fromHex, hashOf, type SuiteName } from '@hufu/crypto';
import {
  type GovernanceContext,
  type Registry,
  registryValidatorSet,
  type SuiteDigests,
  validatorSetDigests,
} from '@hufu/proof';
import { answerOf } from '../evidence/finality.ts';

/** The network as a node tells it: all that a governance action is judged against. */
export interface NetworkState {
  readonly client: NodeClient;
  readonly context: GovernanceContext;
  readonly newestBlockTimeMs: number | null;
  /** How far the node is with the blocks that a snapshot left out; null when it has them all. */
  readonly history: NodeStatus['history'];
}

const TIMEOUT_MS = 10_000;

/** Asks a node where the network stands. Throws ServerError. */
export async function readNetworkState(url: string): Promise<NetworkState> {
  const client = nodeClient(url, { timeoutMs: TIMEOUT_MS });
  const document = answerOf(client, await client.registry());
  const { suites, height, latestBlockTimeMs, history } = answerOf(client, await client.status());
  const { firstHeight } = answerOf(client, await client.epoch({ epoch: document.epoch }));
  const { chainId, epoch, ...registry }: { readonly chainId: ChainId; readonly epoch: number } & Registry =
    document;
  return {
    client,
    context: {
      chainId: chainIdOf(suites, chainId),
      suites,
      epoch: asEpoch(epoch),
      registry,
      validatorSetDigest: validatorSetDigests(registryValidatorSet(epoch, suites, registry)),
      firstHeight,
      parentHeight: height,
    },
    newestBlockTimeMs: latestBlockTimeMs,
    history,
  };
}

type ChainId = { readonly sha256?: string; readonly sm3?: string };

function chainIdOf(suites: readonly SuiteName[], digests: ChainId): SuiteDigests {
  return suites.map((suite) => fromHex(digests[hashOf(suite)] ?? '') ?? new Uint8Array(0));
}
