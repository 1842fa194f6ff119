import { ERRORS, isErrorCode } from '@hufu/api';
import type { TFunction } from 'i18next';
import { inLanguage } from './in-language.ts';

/** Why a submission did not apply, in words; a reason this page does not know yet is shown as it is. */
export function dropReason(t: TFunction, language: string, reason: string): string {
  // What a node would have answered, had the submission come to it.
  if (isErrorCode(reason)) return inLanguage(language, ERRORS[reason].title);
  switch (reason) {
    case 'malformed-record':
    case 'misplaced-record':
    case 'over-limit':
    case 'signature-surplus':
      return t(`block.dropReason.${reason}`);
    default:
      return reason;
  }
}
