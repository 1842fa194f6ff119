export * from './limits.ts';
export { decodeLogRecord, encodeLogRecord, type LoggedRecord, viewOfRecord } from './log-record.ts';
export { decodeMessage, type Envelope, encodeMessage, type WireError } from './message.ts';
