import { verify } from '@hufu/crypto';
import { submissionSignBytes } from '@hufu/proof';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Database } from '../db/database.ts';
import { readUnfinalized, updateSignature } from '../db/submission-store.ts';
import { submissionSigner } from '../intake/submission-signer.ts';

/**
 * Signs what is not final again where it is signed by another key than the gateway's: that was rotated since. The
 * records and their serials stay, so whichever signature reaches the ledger first, they are there once. Returns how
 * many submissions were signed again.
 */
export async function signAgain(database: Database, identity: GatewayIdentity): Promise<number> {
  const { signer, hashes, chainId, gateway } = identity;
  const [hashName] = hashes;
  const [firstChainId] = chainId;
  if (hashName === undefined || firstChainId === undefined) throw new Error('the genesis has no suite');
  const sign = submissionSigner(identity);
  let signed = 0;
  for (const submission of await readUnfinalized(database, gateway)) {
    const message = submissionSignBytes(hashName, firstChainId, submission);
    if (verify(signer.suite, signer.publicKey, message, submission.signature)) continue;
    await updateSignature(database, { ...submission, signature: sign(submission) });
    signed += 1;
  }
  return signed;
}
