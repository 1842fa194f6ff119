/** The part of sm-crypto (the field's reference implementation, for tests only) that is used here. */
declare module 'sm-crypto' {
  interface SignatureOptions {
    readonly der: boolean;
    readonly hash: boolean;
    readonly publicKey?: string;
    readonly userId?: string;
  }

  /** Hex in, hex out, unless said. */
  const smCrypto: {
    readonly sm2: {
      generateKeyPairHex(): { privateKey: string; publicKey: string };
      doSignature(message: readonly number[], privateKey: string, options: SignatureOptions): string;
      doVerifySignature(
        message: readonly number[],
        signature: string,
        publicKey: string,
        options: SignatureOptions,
      ): boolean;
    };
    sm3(message: readonly number[]): string;
  };
  export default smCrypto;
}
