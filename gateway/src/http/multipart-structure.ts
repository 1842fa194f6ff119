/** RFC 2046 section 5.1.1: the characters of a boundary, which does not end with a space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;
const PARAMETER = /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"([^"\\]*)"|([^\s";]+))/y;
/** One header line: a token, a colon, and no control character but the tab. No folding. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:\t|[^\p{Cc}])*)$/u;
const FILE_DISPOSITION = /^form-data[ \t]*;(?:.*[; \t])?filename\*?=/i;
const PLAIN_ENCODING = /^(?:7bit|8bit|binary)[ \t]*$/i;

/** The header lines and bytes of one part. */
export const MAX_PART_HEADERS = 16;
const MAX_PART_HEADER_BYTES = 8_192;

const CRLF = Buffer.from('\r\n');
const HEADER_END = Buffer.from('\r\n\r\n');

/** The one boundary of a multipart/form-data content type; undefined when it has none, several or a bad one. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const [type = ''] = (contentType ?? '').split(';', 1);
  const parameters = (contentType ?? '').slice(type.length).trimEnd();
  let boundary: string | undefined;
  PARAMETER.lastIndex = 0;
  for (let end = 0; end < parameters.length; end = PARAMETER.lastIndex) {
    const match = PARAMETER.exec(parameters);
    if (match === null) return undefined;
    if (match[1]?.toLowerCase() !== 'boundary') continue;
    if (boundary !== undefined) return undefined;
    boundary = match[2] ?? match[3] ?? '';
  }
  return boundary !== undefined && BOUNDARY.test(boundary) ? boundary : undefined;
}

/**
 * Follows the structure of a multipart/form-data body (RFC 7578) beside the parser that delivers its files.
 * Threat: that parser skips, in silence, each part it cannot read, and a client would take the answer for a
 * record of all its files. So every part must be a file with well-formed headers and content as it is, and
 * nothing but line ends may stand before the first part or after the last. Memory: one header block.
 */
export class MultipartStructure {
  readonly #delimiter: Buffer;
  #state: 'start' | 'delimiter' | 'headers' | 'content' | 'end' = 'start';
  /** Bytes not decided yet. The first delimiter has no line end before it: this is its. */
  #rest: Buffer = CRLF;
  /** Nothing of the part's content was passed over yet. */
  #fresh = true;
  #parts = 0;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** Parts begun so far. */
  get parts(): number {
    return this.#parts;
  }

  /** Takes the next bytes of the body. Answers what is wrong with it, as far as it came. */
  push(chunk: Buffer): string | undefined {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const state = this.#state;
      const fault = this.#step();
      if (fault !== undefined || this.#state === state) return fault;
    }
  }

  /** Goes to the next state if the bytes suffice. */
  #step(): string | undefined {
    switch (this.#state) {
      case 'start':
        return this.#start();
      case 'delimiter':
        return this.#afterDelimiter();
      case 'headers':
        return this.#headers();
      case 'content':
        return this.#content();
      case 'end':
        return /[^\r\n\t ]/.test(this.#take(this.#rest.length).toString('latin1'))
          ? 'bytes after the last boundary'
          : undefined;
    }
  }

  #start(): string | undefined {
    const at = this.#rest.indexOf(this.#delimiter);
    // An empty line before the first boundary is common enough.
    if (at === 0 || at === CRLF.length) return this.#pass(at + this.#delimiter.length, 'delimiter');
    const decided = at !== -1 || this.#rest.length >= this.#delimiter.length + CRLF.length;
    return decided ? 'bytes before the first boundary' : undefined;
  }

  #afterDelimiter(): string | undefined {
    if (this.#rest.length < 2) return undefined;
    const next = this.#rest.toString('latin1', 0, 2);
    if (next === '--') return this.#pass(2, 'end');
    if (next !== '\r\n') return 'a boundary is not followed by a line end';
    this.#parts += 1;
    return this.#pass(0, 'headers');
  }

  #headers(): string | undefined {
    const end = this.#rest.indexOf(HEADER_END);
    if (end > MAX_PART_HEADER_BYTES || (end === -1 && this.#rest.length > MAX_PART_HEADER_BYTES)) {
      return 'the headers of a part are too large';
    }
    const cut = this.#rest.indexOf(this.#delimiter);
    if (cut !== -1 && (end === -1 || cut < end)) return 'a part ends inside its headers';
    if (end === -1) return undefined;
    const block = this.#rest.toString('utf8', CRLF.length, end);
    this.#fresh = true;
    // The last line end stays, since it may be that of a delimiter: a part with no content at all.
    return headerFault(block) ?? this.#pass(end + CRLF.length, 'content');
  }

  #content(): string | undefined {
    const at = this.#rest.indexOf(this.#delimiter);
    if (at === 0 && this.#fresh) return 'a part ends inside its headers';
    if (at !== -1) return this.#pass(at + this.#delimiter.length, 'delimiter');
    const passed = this.#rest.length - this.#delimiter.length + 1;
    if (passed > 0) {
      this.#take(passed);
      this.#fresh = false;
    }
    return undefined;
  }

  #pass(sizeBytes: number, state: 'delimiter' | 'headers' | 'content' | 'end'): undefined {
    this.#take(sizeBytes);
    this.#state = state;
  }

  #take(sizeBytes: number): Buffer {
    const taken = this.#rest.subarray(0, sizeBytes);
    this.#rest = this.#rest.subarray(sizeBytes);
    return taken;
  }
}

function headerFault(block: string): string | undefined {
  const lines = block.split('\r\n');
  if (lines.length > MAX_PART_HEADERS) return 'a part has too many headers';
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) return 'a part has a malformed header';
    const key = name.toLowerCase();
    // Threat: of two, this and another reader may each take a different one.
    if (headers.has(key)) return 'a part has a header twice';
    headers.set(key, value);
  }
  if (!FILE_DISPOSITION.test(headers.get('content-disposition') ?? '')) return 'only files are taken';
  // Threat: what is encoded would be recorded by the digest of its encoding.
  if (!PLAIN_ENCODING.test(headers.get('content-transfer-encoding') ?? 'binary')) {
    return 'Content-Transfer-Encoding must be 7bit, 8bit or binary';
  }
  return undefined;
}
