import { equalBytes, fromBase64, ok, type SuiteName } from '@hufu/crypto';
import {
  certificateFromJson,
  certifies,
  type FinalityCertificate,
  verifyFinalityCertificate,
} from './finality-certificate.ts';
import { decodeHeader, type Header, headerDigests, type SuiteDigests } from './header.ts';
import { type Decoded, type Problem, refuse } from './problems.ts';
import { decodeValidatorSet, type ValidatorSet, validatorSetDigests } from './validator-set.ts';

/** How an epoch ended: its last header made final by its own validators, and the validators that it names next. */
export interface EpochStep {
  /** Encoded. */
  readonly header: Uint8Array;
  /** One per suite of the genesis, in its order. */
  readonly certificates: readonly FinalityCertificate[];
  /** Of the next epoch, encoded. */
  readonly validatorSet: Uint8Array;
}

/** A step as JSON carries it, bytes in base64: as the node's API shows how an epoch ended. */
export interface EpochStepFields {
  readonly headerBytes: string;
  readonly certificates: readonly unknown[];
  readonly nextValidatorSet: string;
}

/** Where a chain of steps has led: whose signatures count now, and after which block. */
export interface EpochPosition {
  readonly validators: ValidatorSet;
  /** Of the last block before the epoch; 0 for epoch 0. */
  readonly height: number;
  readonly view: number;
}

export interface FollowedEpochs {
  /** The last position that is proven. */
  readonly position: EpochPosition;
  /** Why the chain is not proven further; undefined when all of it is. */
  readonly problem?: Problem;
}

/** Reads a step; it proves nothing yet. Errors: '…-malformed' of header, certificate or validator set. */
export function epochStepFromJson(fields: EpochStepFields): Decoded<EpochStep> {
  const header = fromBase64(fields.headerBytes);
  if (header === undefined) return refuse('header-malformed', 'not base64');
  const validatorSet = fromBase64(fields.nextValidatorSet);
  if (validatorSet === undefined) return refuse('validator-set-malformed', 'not base64');
  const certificates: FinalityCertificate[] = [];
  for (const value of fields.certificates) {
    const certificate = certificateFromJson(value);
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  return ok({ header, certificates, validatorSet });
}

/** Before the first step: the validators of the genesis. */
export function genesisPosition(validators: ValidatorSet): EpochPosition {
  return { validators, height: 0, view: 0 };
}

/** Follows the steps from the genesis as far as they are proven. */
export function followEpochs(
  chainId: SuiteDigests,
  genesisValidators: ValidatorSet,
  steps: readonly EpochStep[],
): FollowedEpochs {
  let position = genesisPosition(genesisValidators);
  for (const step of steps) {
    const next = verifyEpochStep(chainId, position, step);
    if (!next.ok) {
      const { code, remark } = next.error;
      return { position, problem: { code, remark: `epoch ${position.validators.epoch}: ${remark}` } };
    }
    position = next.value;
  }
  return { position };
}

/**
 * Verifies one step: the position's own validators made final, under every suite, a header that ends their epoch and names
 * the next set (docs/spec/bundle.md). Errors: 'header-…', 'certificate-…', 'epoch-…', 'bundle-surplus',
 * 'validator-set-malformed'.
 */
export function verifyEpochStep(
  chainId: SuiteDigests,
  position: EpochPosition,
  step: EpochStep,
): Decoded<EpochPosition> {
  const { validators } = position;
  const header = decodeHeader(step.header);
  if (!header.ok) return header;
  const problem =
    findWrongPlace(header.value, chainId, position) ??
    findBadCertificate(step, header.value, chainId, validators);
  if (problem !== undefined) return { ok: false, error: problem };
  const next = readNextSet(step, header.value, validators);
  if (!next.ok) return next;
  return ok({ validators: next.value, height: header.value.height, view: header.value.view });
}

function findWrongPlace(header: Header, chainId: SuiteDigests, position: EpochPosition): Problem | undefined {
  const { validators } = position;
  if (!equalDigests(header.chainId, chainId)) return { code: 'header-wrong-chain', remark: 'chain id' };
  if (header.epoch !== validators.epoch) {
    return { code: 'header-wrong-epoch', remark: `epoch ${header.epoch}` };
  }
  if (!equalDigests(header.validatorSetDigest, validatorSetDigests(validators))) {
    return { code: 'header-wrong-validators', remark: `epoch ${header.epoch}` };
  }
  return findDisorder(header, position);
}

/** What shows that the header is not of a block after the epochs before; undefined when nothing does. */
export function findDisorder(header: Header, { height, view }: EpochPosition): Problem | undefined {
  return header.height > height && header.view > view
    ? undefined
    : {
        code: 'epoch-out-of-order',
        remark: `height ${header.height} after ${height}, view ${header.view} after ${view}`,
      };
}

/** What keeps certificates, one per suite in order and no more, from making a header final. */
function findBadCertificate(
  step: EpochStep,
  header: Header,
  chainId: SuiteDigests,
  validators: ValidatorSet,
): Problem | undefined {
  const { suites } = validators;
  const problem = compareNames(
    suites,
    step.certificates.map(({ suite }) => suite),
    'certificate-missing',
  );
  if (problem !== undefined) return problem;
  const block = { ...header, digests: headerDigests(suites, step.header) };
  for (const certificate of step.certificates) {
    const verified = verifyFinalityCertificate(certificate, { chainId, validators });
    if (!verified.ok) return inSuite(verified.error, certificate.suite);
    if (!certifies(certificate, block, suites)) {
      return inSuite(
        { code: 'certificate-wrong-block', remark: `height ${certificate.height}` },
        certificate.suite,
      );
    }
  }
  return undefined;
}

function inSuite({ code, remark }: Problem, suite: SuiteName): Problem {
  return { code, remark: `${suite}: ${remark}` };
}

function readNextSet(step: EpochStep, header: Header, current: ValidatorSet): Decoded<ValidatorSet> {
  const named = header.nextValidatorSetDigest;
  if (named === undefined) return refuse('epoch-not-ended', `height ${header.height}`);
  const next = decodeValidatorSet(step.validatorSet);
  if (!next.ok) return next;
  const { epoch, suites } = next.value;
  // Threat: a set of fewer suites would have fewer digests to compare, and fewer signatures to forge from then on.
  if (suites.join() !== current.suites.join()) {
    return refuse('epoch-wrong-next-validators', `suites ${suites.join(', ')}`);
  }
  if (!equalDigests(named, validatorSetDigests(next.value))) {
    return refuse('epoch-wrong-next-validators', 'another digest');
  }
  return epoch === current.epoch + 1
    ? next
    : refuse('epoch-wrong-next-validators', `a set of epoch ${epoch}`);
}

/** One of each name, in this order: nothing less, and nothing unbound more. */
export function compareNames(
  expected: readonly string[],
  found: readonly string[],
  missing: 'certificate-missing' | 'path-missing',
): Problem | undefined {
  const absent = expected.find((name) => !found.includes(name));
  if (absent !== undefined) return { code: missing, remark: absent };
  return found.join() === expected.join() ? undefined : { code: 'bundle-surplus', remark: found.join(', ') };
}

/** Whether both lists hold the same digests. */
export function equalDigests(a: SuiteDigests, b: SuiteDigests): boolean {
  return a.length === b.length && a.every((digest, i) => equalBytes(digest, b[i] ?? NOTHING));
}

const NOTHING = new Uint8Array(0);
