/** One server-sent event. `id` is the stream's last seen id. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** A line, or the data of one event, beyond this ends the stream: memory must not grow with a hostile server. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** The stream broke the format's limits. */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError';
}

/**
 * Incremental parser of text/event-stream (WHATWG HTML, 9.2.6): feed chunks, get complete events. Comments
 * and `retry` are ignored; lines end with LF, CRLF or CR.
 */
export class EventStreamParser {
  #rest = '';
  #data: string[] = [];
  #dataLength = 0;
  #event = '';
  #id = '';
  #afterCr = false;

  push(chunk: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    let text = chunk;
    // A CRLF may be cut between two chunks.
    if (this.#afterCr && text.startsWith('\n')) text = text.slice(1);
    if (chunk !== '') this.#afterCr = text.endsWith('\r');
    // Threat: a line that comes a byte at a time; only what is new is searched for its end.
    const [first = '', ...others] = text.split(/\r\n|\n|\r/);
    const lines = [this.#rest + first, ...others];
    if (lines.some((line) => line.length > MAX_EVENT_BYTES)) throw new EventStreamError('a line is too long');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#line(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    const raw = colon === -1 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'data') {
      this.#dataLength += value.length;
      if (this.#dataLength > MAX_EVENT_BYTES) throw new EventStreamError('an event is too long');
      this.#data.push(value);
    } else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const data = this.#data;
    const event = this.#event === '' ? 'message' : this.#event;
    this.#data = [];
    this.#dataLength = 0;
    this.#event = '';
    return data.length === 0 ? undefined : { event, data: data.join('\n'), id: this.#id };
  }
}
