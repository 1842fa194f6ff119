import { type Epoch, quorum } from '@hufu/consensus';
import {
  equalBytes,
  hash,
  hashOf,
  ok,
  type Result,
  type SuiteName,
  signBytes,
  u64be,
  verify,
} from '@hufu/crypto';
import {
  type Approval,
  decodeGovernanceAction,
  type GovernanceAction,
  MAX_GOVERNANCE_ENTRY_BYTES,
} from './governance-action.ts';
import { type GovernanceDocument, parseGovernanceDocument } from './governance-document.ts';
import type { SuiteDigests } from './header.ts';
import { type GovernanceProblem, refuse } from './problems.ts';
import {
  findBrokenSuccession,
  findContradiction,
  type GenesisValidator,
  type Registry,
  registryValidatorSet,
} from './registry.ts';
import type { ValidatorSet } from './validator-set.ts';

/** What approvals and readiness name: the chain, and the epoch that ends. */
export interface GovernanceSubject {
  readonly suites: readonly SuiteName[];
  readonly chainId: SuiteDigests;
  readonly epoch: Epoch;
  /** Of the epoch that ends. */
  readonly validatorSetDigest: SuiteDigests;
}

/** What a governance action is judged against: the state at the parent of the block that would apply it. */
export interface GovernanceContext extends GovernanceSubject {
  readonly registry: Registry;
  /** The epoch's first height. */
  readonly firstHeight: number;
  readonly parentHeight: number;
}

/** The epoch that an action begins. */
export interface GovernedEpoch {
  readonly document: GovernanceDocument;
  readonly validators: ValidatorSet;
}

/** A batch of the largest action alone: the action, its tag and its length. */
const LEAST_BATCH_BYTES = MAX_GOVERNANCE_ENTRY_BYTES + 8;

type Judged = Result<true, GovernanceProblem>;
const HOLDS: Judged = ok(true);

/**
 * Judges a governance action (docs/spec/governance.md). Pure and total. What is cheap comes first, and an action that
 * too few approve is refused at its first bad signature, before keys of its choosing are checked: anyone may send one.
 * Errors: the codes that begin with 'governance-'.
 */
export function judgeGovernance(
  entryBytes: Uint8Array,
  context: GovernanceContext,
): Result<GovernedEpoch, GovernanceProblem> {
  const action = decodeGovernanceAction(entryBytes);
  if (!action.ok) return action;
  const document = parseGovernanceDocument(action.value.document);
  if (!document.ok) return document;
  const judged = firstRefusal([
    () => judgePlace(document.value, context),
    () => judgeApprovals(action.value, context),
    () => judgeRegistry(document.value, context),
    () => judgeReadiness(action.value, document.value, context),
  ]);
  if (!judged.ok) return judged;
  const validators = registryValidatorSet(context.epoch + 1, context.suites, document.value);
  return ok({ document: document.value, validators });
}

/** What an approval signs: one message per suite, with that suite's digests (docs/spec/sign-bytes.md). */
export function approvalSignBytes(
  subject: GovernanceSubject,
  documentBytes: Uint8Array,
): readonly Uint8Array[] {
  return subject.suites.map((suite, i) =>
    signBytes('approval', [
      nth(subject.chainId, i),
      u64be(subject.epoch),
      nth(subject.validatorSetDigest, i),
      hash(hashOf(suite), documentBytes),
    ]),
  );
}

/** What a readiness signs: one message per suite. `validator` is the index in the next set. */
export function readinessSignBytes(
  subject: Omit<GovernanceSubject, 'validatorSetDigest'>,
  documentBytes: Uint8Array,
  validator: number,
  height: number,
): readonly Uint8Array[] {
  return subject.suites.map((suite, i) =>
    signBytes('readiness', [
      nth(subject.chainId, i),
      u64be(subject.epoch),
      hash(hashOf(suite), documentBytes),
      u64be(validator),
      u64be(height),
    ]),
  );
}

/** Indices in `next` of the validators that must declare readiness: all that are not, just so, in `before`. */
export function validatorsToBeReady(before: Registry, next: Registry): readonly number[] {
  const known = new Set(before.validators.map(identity));
  return next.validators.flatMap((validator, i) => (known.has(identity(validator)) ? [] : [i]));
}

function identity({ member, peerId, keys }: GenesisValidator): string {
  return [member, peerId, ...Object.values(keys)].join(' ');
}

/** Of our chain, under exactly its suites' hashes, and for the epoch that runs. */
function judgePlace(document: GovernanceDocument, context: GovernanceContext): Judged {
  const stated = Object.entries(document.chainId);
  const hashes = context.suites.map(hashOf);
  const same =
    stated.length === hashes.length &&
    stated.every(([name, digest], i) => name === hashes[i] && equalBytes(digest, nth(context.chainId, i)));
  if (!same) return refuse('governance-wrong-chain', stated.map(([name]) => name).join(', '));
  return document.epoch === context.epoch
    ? HOLDS
    : refuse('governance-wrong-epoch', `epoch ${document.epoch}, now ${context.epoch}`);
}

/**
 * Approved by more than two thirds of the members that run validators, each counted once, and by a quorum of the
 * validators. The second matters where members run unequal numbers: f faulty validators must never be enough, though
 * they may belong to three of four members.
 */
function judgeApprovals({ approvals, document }: GovernanceAction, context: GovernanceContext): Judged {
  const { registry, epoch, suites } = context;
  const n = registry.validators.length;
  const current = registryValidatorSet(epoch, suites, registry);
  const owners = new Set(registry.validators.map((validator) => validator.member));
  const approving = new Set(approvals.map(({ validator }) => registry.validators[validator]?.member));
  const unknown = approvals.find(({ validator }) => validator >= n);
  if (unknown !== undefined) return refuse('governance-not-approved', `no validator ${unknown.validator}`);
  if (3 * approving.size <= 2 * owners.size) {
    return refuse('governance-not-approved', `${approving.size} of ${owners.size} members`);
  }
  if (approvals.length < quorum(n)) {
    return refuse('governance-not-approved', `${approvals.length} of ${n} validators`);
  }
  const messages = approvalSignBytes(context, document);
  return firstRefusal(
    approvals.map((approval) => () => judgeSignatures('approval', approval, current, messages)),
  );
}

function judgeRegistry(document: GovernanceDocument, { suites, registry }: GovernanceContext): Judged {
  const contradiction =
    findContradiction(suites, document) ??
    findBrokenSuccession(registry, document) ??
    findFrozen(registry, document);
  return contradiction === undefined ? HOLDS : refuse('governance-inconsistent', contradiction);
}

/** A change that leaves no room for the next one could never be taken back. */
function findFrozen(before: Registry, { parameters }: Registry): string | undefined {
  const least = Math.min(before.parameters.maxBatchBytes, LEAST_BATCH_BYTES);
  const { maxBatchBytes } = parameters;
  return maxBatchBytes < least ? `maxBatchBytes ${maxBatchBytes}: no governance action would fit` : undefined;
}

/** Every new validator is there, within the epoch; and whatever is declared is signed. */
function judgeReadiness(
  { readiness, document }: GovernanceAction,
  nextRegistry: GovernanceDocument,
  context: GovernanceContext,
): Judged {
  const { registry, suites, epoch, firstHeight, parentHeight } = context;
  const missing = validatorsToBeReady(registry, nextRegistry).find((index) =>
    readiness.every(({ validator }) => validator !== index),
  );
  if (missing !== undefined) return refuse('governance-not-ready', `validator ${missing}`);
  for (const { validator, height } of readiness) {
    if (validator >= nextRegistry.validators.length || height < firstHeight || height > parentHeight) {
      return refuse('governance-not-ready', `validator ${validator}, height ${height}`);
    }
  }
  const next = registryValidatorSet(epoch + 1, suites, nextRegistry);
  return firstRefusal(
    readiness.map((declared) => () => {
      const messages = readinessSignBytes(context, document, declared.validator, declared.height);
      return judgeSignatures('readiness', declared, next, messages);
    }),
  );
}

/** One signature per suite, and each verifies. */
function judgeSignatures(
  kind: 'approval' | 'readiness',
  { validator, signatures }: Approval,
  set: ValidatorSet,
  messages: readonly Uint8Array[],
): Judged {
  const keys = set.validators[validator]?.keys ?? [];
  const holds =
    signatures.length === set.suites.length &&
    set.suites.every((suite, i) => verify(suite, nth(keys, i), nth(messages, i), nth(signatures, i)));
  return holds ? HOLDS : refuse('governance-bad-signature', `${kind} of validator ${validator}`);
}

function firstRefusal(judgements: readonly (() => Judged)[]): Judged {
  for (const judge of judgements) {
    const judged = judge();
    if (!judged.ok) return judged;
  }
  return HOLDS;
}

function nth(list: readonly Uint8Array[], index: number): Uint8Array {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing for suite ${index}`);
  return item;
}
