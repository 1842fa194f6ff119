import type { RegisteredGateway } from '@hufu/api';
import { toHex } from '@hufu/crypto';
import type { GatewayIdentity } from '../config/identity.ts';

/**
 * Whether the ledger registers this gateway with the key that it has. A key may be rotated, and a gateway be
 * registered after the genesis, so nodes are asked. What they say is not proven, and need not be: a submission
 * under another key never becomes final. Intake is refused only while every node's last word is no, so that one
 * node that lies or lags cannot stop it.
 */
export class Registration {
  readonly #identity: GatewayIdentity;
  readonly #nodes: number;
  readonly #answers = new Map<string, boolean>();

  /** `nodes`: how many different ones there are to ask. */
  constructor(identity: GatewayIdentity, nodes: number) {
    this.#identity = identity;
    this.#nodes = nodes;
  }

  /** Takes a node's word; `own` is what it has registered under this gateway's index. True when it is our key. */
  note(node: string, own: RegisteredGateway | undefined): boolean {
    const { signer } = this.#identity;
    const isOurs = own?.suite === signer.suite && own.publicKey === toHex(signer.publicKey);
    this.#answers.set(node, isOurs);
    return isOurs;
  }

  /** Whether every node says that the key is not registered. */
  get isDenied(): boolean {
    return this.#answers.size >= this.#nodes && [...this.#answers.values()].every((isOurs) => !isOurs);
  }
}
