/** Why a secret on its way in is not taken: the contract's reason, and a sentence for whoever wrote the CRM. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly reason: 'credentials.not_sealed' | 'credentials.seal_invalid';

  // No `cause`: what JSON.parse says about a plaintext quotes it.
  constructor(reason: SealError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
