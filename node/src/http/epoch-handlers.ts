import type { EpochDetail, EpochSummary, Validator } from '@hufu/api';
import { quorum } from '@hufu/consensus';
import { type SuiteName, toBase64, toHex } from '@hufu/crypto';
import { encodeValidatorSet, type Registry } from '@hufu/proof';
import { enterEpoch } from '../ledger/index.ts';
import type { ChainStore, EpochRecord } from '../store/types.ts';
import type { NodeHandlers } from './handlers.ts';
import { ApiProblem } from './problems.ts';
import { certificatesView, digestsView } from './views.ts';

/** Items of a list where the query names no number. */
export const DEFAULT_PAGE = 50;

type EpochRoute = 'validators' | 'registry' | 'gateways' | 'epochs' | 'epoch';

/** Who takes part, now and in the epochs before. After an epoch's last block, the next one is the current. */
export function epochHandlers(chain: ChainStore): Pick<NodeHandlers, EpochRoute> {
  const { suites } = chain.state;
  return {
    validators: async () => {
      const { epoch, registry, validatorSetDigest } = enterEpoch(chain.state);
      return {
        epoch,
        quorum: quorum(registry.validators.length),
        digest: digestsView(suites, validatorSetDigest),
        validators: registry.validators.map((_, index) => validatorView(registry, index)),
      };
    },
    registry: async () => {
      const { chainId, epoch, registry } = enterEpoch(chain.state);
      return {
        chainId: digestsView(suites, chainId),
        epoch,
        members: registry.members.map((member) => ({ ...member, roles: [...member.roles] })),
        validators: registry.validators.map((validator) => ({ ...validator, keys: { ...validator.keys } })),
        gateways: registry.gateways.map((gateway) => ({ ...gateway })),
        parameters: { ...registry.parameters },
      };
    },
    gateways: async () => ({
      gateways: enterEpoch(chain.state).gateways.map(({ publicKey, ...gateway }) => ({
        ...gateway,
        publicKey: toHex(publicKey),
      })),
    }),
    epochs: async ({ query }) => {
      const epochs = await chain.epochs(query.before, query.limit ?? DEFAULT_PAGE);
      return { epochs: epochs.map((record) => epochSummary(suites, record)) };
    },
    epoch: async ({ params }) => {
      const record = await chain.epoch(params.epoch);
      if (record === undefined) throw new ApiProblem('epoch-not-found');
      return epochDetail(chain, record, await chain.epoch(params.epoch + 1));
    },
  };
}

export function validatorView({ validators, members }: Registry, index: number): Validator {
  const validator = validators[index];
  const member = members.find(({ name }) => name === validator?.member);
  if (validator === undefined || member === undefined)
    throw new Error(`no validator ${index} in the registry`);
  return {
    index,
    name: validator.member,
    organisation: member.organisation,
    roles: [...member.roles],
    peerId: validator.peerId,
    keys: { ...validator.keys },
  };
}

function epochSummary(suites: readonly SuiteName[], record: EpochRecord): EpochSummary {
  const { epoch, firstHeight, validators, validatorSetDigest, end } = record;
  return {
    epoch,
    firstHeight,
    validatorSetDigest: digestsView(suites, validatorSetDigest),
    validators: validators.validators.length,
    lastHeight: end === null ? null : end.height,
    endDigests: end === null ? null : digestsView(suites, end.digests),
  };
}

function epochDetail(chain: ChainStore, record: EpochRecord, next: EpochRecord | undefined): EpochDetail {
  const { suites, chainId } = chain.state;
  const { epoch, firstHeight, registry, validators, validatorSetDigest, end } = record;
  return {
    epoch,
    firstHeight,
    validatorSetDigest: digestsView(suites, validatorSetDigest),
    validatorSet: toBase64(encodeValidatorSet(validators)),
    validators: registry.validators.map((_, index) => validatorView(registry, index)),
    end:
      end === null || next === undefined
        ? null
        : {
            height: end.height,
            digests: digestsView(suites, end.digests),
            headerBytes: toBase64(end.headerBytes),
            certificates: certificatesView({ chainId, validators }, end.finalization),
            nextValidatorSet: toBase64(encodeValidatorSet(next.validators)),
          },
  };
}
