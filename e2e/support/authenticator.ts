import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a test makes an authenticator get wrong. */
export type Slip = Partial<{ origin: string; challenge: string; type: string; rpId: string; flags: number; count: number; crossOrigin: boolean; signature: string }>;

const [PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED] = [1, 4, 8, 16, 64];
const b64 = (bytes: Buffer): string => bytes.toString('base64url');
const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();

/** Just enough CBOR to write: integers, bytes, texts, maps. */
function cbor(value: number | string | Buffer | Map<number | string, any>): Buffer {
  const head = (major: number, length: number): Buffer =>
    length < 24 ? Buffer.from([(major << 5) | length]) : length < 256 ? Buffer.from([(major << 5) | 24, length]) : Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
  if (typeof value === 'number') {
    return value < 0 ? head(1, -1 - value) : head(0, value);
  }
  if (typeof value === 'string') {
    return Buffer.concat([head(3, value.length), Buffer.from(value)]);
  }
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([head(2, value.length), value]);
  }
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

/** A passkey in software, as the browser hands it on: for the API alone, and for the slips that no browser makes. */
export class Authenticator {
  readonly id = randomBytes(20);
  private readonly key: KeyObject;
  private readonly cose: Map<number, any>;
  private handle: string | undefined;

  constructor(
    private readonly origin: string,
    private readonly algorithm: Algorithm = 'ES256',
    /** Counts up with each use; 0 for one that does not count. */
    public count = 1,
  ) {
    const pair = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.key = pair.privateKey;
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const part = (name: string): Buffer => Buffer.from(jwk[name] as string, 'base64url');
    this.cose = new Map<number, any>(
      algorithm === 'ES256' ? [[1, 2], [3, -7], [-1, 1], [-2, part('x')], [-3, part('y')]]
        : algorithm === 'EdDSA' ? [[1, 1], [3, -8], [-1, 6], [-2, part('x')]] : [[1, 3], [3, -257], [-1, part('n')], [-2, part('e')]],
    );
  }

  get credentialId(): string {
    return b64(this.id);
  }

  /** Replaces a part of the public key: a point off its curve. */
  spoil(): void {
    this.cose.set(-2, Buffer.alloc(32, 1));
  }

  made(options: any, slip: Slip = {}, name?: string): Record<string, unknown> {
    this.handle = options.user_handle;
    const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cbor(this.cose)]);
    const authData = Buffer.concat([this.head(slip, ATTESTED), credential]);
    const attestation = cbor(new Map<string, any>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]));
    return { name, client_data: this.clientData('webauthn.create', options, slip), attestation_object: b64(attestation), transports: ['internal', 'teleport'] };
  }

  used(options: any, slip: Slip = {}): Record<string, unknown> {
    this.count += this.count === 0 ? 0 : 1;
    const data = this.head(slip, 0);
    const client = this.clientData('webauthn.get', options, slip);
    const message = Buffer.concat([data, sha256(Buffer.from(client, 'base64url'))]);
    const signature = sign(this.algorithm === 'EdDSA' ? null : 'sha256', message, this.key);
    return { credential_id: this.credentialId, client_data: client, authenticator_data: b64(data), signature: slip.signature ?? b64(signature), user_handle: this.handle };
  }

  private head(slip: Slip, more: number): Buffer {
    const flags = slip.flags ?? (PRESENT | VERIFIED | ELIGIBLE | BACKED_UP);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(slip.count ?? this.count);
    return Buffer.concat([sha256(slip.rpId ?? new URL(this.origin).hostname), Buffer.from([flags | more]), count]);
  }

  private clientData(type: string, options: any, slip: Slip): string {
    const { challenge = options.challenge, origin = this.origin, crossOrigin = false } = slip;
    return b64(Buffer.from(JSON.stringify({ type: slip.type ?? type, challenge, origin, crossOrigin })));
  }
}
