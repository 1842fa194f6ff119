import { equalBytes, verify } from '@hufu/crypto';
import type { PreparedSubmission, SignatureCheck } from './types.ts';

/** Checks the signature under the gateway's registered suite and key, each time it is asked. */
export const verifySubmission: SignatureCheck = (gateway, { signBytes, signature }) =>
  verify(gateway.suite, gateway.publicKey, signBytes, signature);

/**
 * A check that asks `check` once for each submission and key and remembers the answer for as long as the
 * submission is held. Ask it when a batch arrives: executing the batch then verifies nothing.
 */
export function rememberingCheck(check: SignatureCheck = verifySubmission): SignatureCheck {
  const answers = new WeakMap<PreparedSubmission, { readonly publicKey: Uint8Array; readonly ok: boolean }>();
  return (gateway, submission) => {
    const known = answers.get(submission);
    // A key that was rotated since makes the old answer worthless.
    if (known !== undefined && equalBytes(known.publicKey, gateway.publicKey)) return known.ok;
    const answer = check(gateway, submission);
    answers.set(submission, { publicKey: gateway.publicKey, ok: answer });
    return answer;
  };
}
