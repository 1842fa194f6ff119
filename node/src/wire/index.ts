export * from './limits.ts';
export { decodeLogRecord, encodeLogRecord, type LoggedRecord, viewOfRecord } from './log-record.ts';
export { decodeMessage, type Envelope, encodeMessage, type WireError } from './message.ts';
export {
  type AnyMessage,
  type EpochEnd,
  isSyncMessage,
  type SyncMessage,
} from './sync-message.ts';
