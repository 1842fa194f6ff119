import type { Finality } from '../anchoring/finality.ts';
import type { Limits } from '../config/gateway-config.ts';
import type { GatewayIdentity } from '../config/identity.ts';
import type { Cursors } from '../evidence/cursor.ts';
import type { EvidenceReader } from '../evidence/evidence-reader.ts';
import type { ApiKeyVerifier } from '../identity/api-keys.ts';
import type { Intake } from '../intake/intake.ts';
import type { Journal } from '../intake/journal.ts';
import type { Places } from './places.ts';

/** What the routes work with. */
export interface Services {
  readonly identity: GatewayIdentity;
  readonly verifier: ApiKeyVerifier;
  readonly journal: Journal;
  readonly intake: Intake;
  readonly reader: EvidenceReader;
  readonly finality: Finality;
  readonly cursors: Cursors;
  readonly limits: Limits;
  /** NDJSON streams under way. */
  readonly streams: Places;
}
