import { hashOf } from '@hufu/crypto';
import {
  approvalSignBytes,
  encodeGovernanceAction,
  encodeGovernanceDocument,
  type GenesisValidator,
  GOVERNANCE_FORMAT,
  type GovernanceDocument,
  type Registry,
  readinessSignBytes,
  validatorsToBeReady,
} from '@hufu/proof';
import { enterEpoch } from '../../src/ledger/index.ts';
import type { LedgerState } from '../../src/ledger/types.ts';
import type { TestChain } from './test-chain.ts';

/** A chain whose validators' keys are at hand. */
export interface Governed {
  readonly state: LedgerState;
  /** A message per suite, signed with a validator's keys. */
  sign(validator: GenesisValidator, messages: readonly Uint8Array[]): readonly Uint8Array[];
}

export interface ActionOptions {
  /** Validators that approve; all when absent. */
  readonly approving?: readonly number[];
  /** Next validators that declare readiness; all that must when absent. */
  readonly ready?: readonly number[];
  /** What is wrong in the document. */
  readonly document?: Partial<GovernanceDocument>;
}

/** An encoded governance action that turns the registry of the chain's epoch into one with `changed`, really signed. */
export function actionOf(
  chain: Governed,
  changed: Partial<Registry>,
  { approving, ready, document = {} }: ActionOptions = {},
): Uint8Array {
  const state = enterEpoch(chain.state);
  const { suites, registry, chainId, epoch, tip } = state;
  const next = { ...registry, ...changed };
  const bytes = encodeGovernanceDocument({
    format: GOVERNANCE_FORMAT,
    chainId: Object.fromEntries(suites.map((suite, i) => [hashOf(suite), chainId[i]])),
    epoch,
    ...next,
    ...document,
  });
  const approvals = (approving ?? registry.validators.map((_, i) => i)).map((validator) => ({
    validator,
    signatures: chain.sign(at(registry.validators, validator), approvalSignBytes(state, bytes)),
  }));
  const readiness = (ready ?? validatorsToBeReady(registry, next)).map((validator) => {
    const messages = readinessSignBytes(state, bytes, validator, tip.height);
    const signatures = chain.sign(at(next.validators, validator), messages);
    return { validator, height: tip.height, signatures };
  });
  return encodeGovernanceAction({ document: bytes, approvals, readiness });
}

/** A member with its first validator, beside those that are there. */
export function joining(chain: TestChain): Pick<Registry, 'members' | 'validators'> {
  const { members, validators } = enterEpoch(chain.state).registry;
  const name = `member-${members.length}`;
  return {
    members: [...members, { name, organisation: `成员 ${members.length}`, roles: ['notary'] }],
    validators: [...validators, chain.newValidator(name, members.length)],
  };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`${index}`);
  return item;
}
