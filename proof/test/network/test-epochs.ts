import { asHeight, asView } from '@hufu/consensus';
import { hashOf, toHex } from '@hufu/crypto';
import {
  approvalSignBytes,
  type Bundle,
  type EpochStep,
  encodeEntry,
  encodeGovernanceAction,
  encodeGovernanceDocument,
  encodeHeader,
  encodeValidatorSet,
  type GenesisValidator,
  GOVERNANCE_FORMAT,
  type GovernanceAction,
  type GovernanceContext,
  type Header,
  type Registry,
  readinessSignBytes,
  registryValidatorSet,
  validatorSetDigests,
  validatorsToBeReady,
} from '../../src/index.ts';
import { must } from '../must.ts';
import { CONTENT, CONTENT_INDEX, recordOf, testRecord } from './test-bundle.ts';
import {
  certify,
  type TestKeys,
  type TestNetwork,
  testHeader,
  testKeys,
  testNetwork,
  testPeerId,
} from './test-network.ts';

/** A test network in one of its epochs: its validators and their keys are those of that epoch. */
export interface TestEpoch extends TestNetwork {
  readonly registry: Registry;
  readonly firstHeight: number;
}

export function firstEpoch(network: TestNetwork): TestEpoch {
  const { members, validators, gateways, parameters } = network.genesis;
  return { ...network, registry: { members, validators, gateways, parameters }, firstHeight: 1 };
}

/** A validator of the registry whose keys follow from the seed, and those keys. */
export function testValidator(
  { genesis }: TestNetwork,
  member: string,
  seed: string,
): { readonly validator: GenesisValidator; readonly keys: TestKeys } {
  const keys = testKeys(seed);
  const entries = genesis.suites.map((suite) => [suite, toHex(keys.publicKey(suite))]);
  return { validator: { member, peerId: testPeerId(seed), keys: Object.fromEntries(entries) }, keys };
}

/** Epoch 1 of the networks here: exchange-infra has new keys, and a broker joins with a validator and a gateway. */
export function secondEpoch(epoch: TestEpoch, firstHeight = 4): TestEpoch {
  const { registry, keys, genesis } = epoch;
  const rotated = testValidator(epoch, 'exchange-infra', `${genesis.name} validator 1 rotated`);
  const joined = testValidator(epoch, 'broker-2', `${genesis.name} validator of broker-2`);
  const [suite = 'sm2-sm3' as const] = genesis.suites;
  const gateway = {
    index: registry.gateways.length,
    name: 'broker-2-gateway',
    member: 'broker-2',
    suite,
    publicKey: toHex(testKeys(`${genesis.name} gateway of broker-2`).publicKey(suite)),
  };
  return entered(epoch, firstHeight, [...keys.with(1, rotated.keys), joined.keys], {
    ...registry,
    members: [
      ...registry.members,
      { name: 'broker-2', organisation: '第二证券股份有限公司', roles: ['broker'] },
    ],
    validators: [
      ...registry.validators.with(1, { ...rotated.validator, peerId: must(registry.validators[1]).peerId }),
      joined.validator,
    ],
    gateways: [...registry.gateways, gateway],
  });
}

/** Epoch 2: the CA runs no validator any more, and submissions may be smaller only. */
export function thirdEpoch(epoch: TestEpoch, firstHeight = 8): TestEpoch {
  const { registry, keys } = epoch;
  return entered(epoch, firstHeight, keys.toSpliced(2, 1), {
    ...registry,
    validators: registry.validators.toSpliced(2, 1),
    parameters: { ...registry.parameters, maxSubmissionRecords: 5_000 },
  });
}

function entered(
  before: TestEpoch,
  firstHeight: number,
  keys: readonly TestKeys[],
  registry: Registry,
): TestEpoch {
  const validators = registryValidatorSet(before.validators.epoch + 1, before.genesis.suites, registry);
  return { ...before, registry, firstHeight, keys, validators };
}

/** What an action that ends the epoch is judged against, at the parent of height `parentHeight + 1`. */
export function contextOf(epoch: TestEpoch, parentHeight = epoch.firstHeight + 1): GovernanceContext {
  const { genesis, chainId, validators, registry, firstHeight } = epoch;
  const validatorSetDigest = validatorSetDigests(validators);
  const { suites } = genesis;
  return {
    suites,
    chainId,
    epoch: validators.epoch,
    validatorSetDigest,
    registry,
    firstHeight,
    parentHeight,
  };
}

/** The document that replaces the epoch's registry. */
export function documentOf(epoch: TestEpoch, registry: Registry): Uint8Array {
  const { genesis, chainId, validators } = epoch;
  const { members, validators: next, gateways, parameters } = registry;
  return encodeGovernanceDocument({
    format: GOVERNANCE_FORMAT,
    chainId: Object.fromEntries(genesis.suites.map((suite, i) => [hashOf(suite), must(chainId[i])])),
    epoch: validators.epoch,
    members,
    validators: next,
    gateways,
    parameters,
  });
}

/** The action of one epoch for the next: approved by `approvers`, the new validators ready at `height`. */
export function actionOf(
  epoch: TestEpoch,
  next: Pick<TestEpoch, 'registry' | 'keys'>,
  approvers: readonly number[] = epoch.keys.map((_, i) => i).slice(1),
  height: number = epoch.firstHeight,
): GovernanceAction {
  const document = documentOf(epoch, next.registry);
  return {
    document,
    approvals: approvers.map((validator) => approve(epoch, document, validator)),
    readiness: validatorsToBeReady(epoch.registry, next.registry).map((validator) =>
      declareReady(epoch, must(next.keys[validator]), document, validator, height),
    ),
  };
}

export function approve(
  epoch: TestEpoch,
  document: Uint8Array,
  validator: number,
): GovernanceAction['approvals'][number] {
  const keys = must(epoch.keys[validator]);
  return { validator, signatures: signAll(epoch, keys, approvalSignBytes(contextOf(epoch), document)) };
}

export function declareReady(
  epoch: TestEpoch,
  keys: TestKeys,
  document: Uint8Array,
  validator: number,
  height: number,
): GovernanceAction['readiness'][number] {
  const messages = readinessSignBytes(contextOf(epoch), document, validator, height);
  return { validator, height, signatures: signAll(epoch, keys, messages) };
}

function signAll(
  { genesis }: TestEpoch,
  keys: TestKeys,
  messages: readonly Uint8Array[],
): readonly Uint8Array[] {
  return genesis.suites.map((suite, i) => keys.sign(suite, must(messages[i])));
}

/** The header that ends the epoch: over these leaves, its successor's validators named. */
export function endHeader(
  epoch: TestEpoch,
  next: TestEpoch,
  leaves: readonly Uint8Array[],
  view: number,
): Header {
  return {
    ...testHeader(epoch, leaves),
    height: asHeight(next.firstHeight - 1),
    view: asView(view),
    nextValidatorSetDigest: validatorSetDigests(next.validators),
  };
}

/** The step that proves the next epoch; its certificates may be of a later view than the header's. */
export function epochStep(
  epoch: TestEpoch,
  next: TestEpoch,
  header: Header,
  signers: readonly number[],
  view: number = header.view,
): EpochStep {
  return {
    header: encodeHeader(header),
    certificates: certify(epoch, header, signers, epoch.validators, epoch.chainId, view),
    validatorSet: encodeValidatorSet(next.validators),
  };
}

export interface EpochsCase {
  readonly epochs: readonly [TestEpoch, TestEpoch, TestEpoch];
  readonly leaves: readonly Uint8Array[];
  readonly endHeaders: readonly [Header, Header];
  readonly header: Header;
  readonly bundle: Bundle;
}

/** Where the first governance action stands in the log of `epochsCase`. */
export const ACTION_INDEX = 6;

/** Records, the action that ends epoch 0, records, the action that ends epoch 1, records; proven in epoch 2. */
export function epochsCase(network: TestNetwork = testNetwork(), indices = [CONTENT_INDEX]): EpochsCase {
  const epoch0 = firstEpoch(network);
  const epoch1 = secondEpoch(epoch0);
  const epoch2 = thirdEpoch(epoch1);
  const record = (i: number): Uint8Array =>
    encodeEntry(i === CONTENT_INDEX ? testRecord(i, CONTENT) : testRecord(i));
  const leaves = [
    ...[0, 1, 2, 3, 4, 5].map(record),
    encodeGovernanceAction(actionOf(epoch0, epoch1)),
    ...[6, 7].map(record),
    encodeGovernanceAction(actionOf(epoch1, epoch2)),
    record(8),
  ];
  const end0 = endHeader(epoch0, epoch1, leaves.slice(0, 7), 4);
  const end1 = endHeader(epoch1, epoch2, leaves.slice(0, 10), 9);
  const header = { ...testHeader(epoch2, leaves), height: asHeight(9), view: asView(12) };
  const bundle: Bundle = {
    genesis: network.genesisBytes,
    records: indices.map((index) => recordOf(network, leaves, index)),
    logSize: leaves.length,
    header: encodeHeader(header),
    certificates: certify(epoch2, header, [0, 1, 3]),
    // The first end block became final two views after its own.
    epochChain: [
      epochStep(epoch0, epoch1, end0, [0, 1, 3], 6),
      epochStep(epoch1, epoch2, end1, [0, 1, 2, 4]),
    ],
  };
  return { epochs: [epoch0, epoch1, epoch2], leaves, endHeaders: [end0, end1], header, bundle };
}
