import {
  type EpochStep,
  epochStepFromJson,
  followEpochs,
  genesisValidatorSet,
  MAX_EPOCHS,
  parseGenesis,
  type ValidatorSet,
} from '@hufu/proof';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from './queries.ts';

/** The validators of an epoch, and how far that is known. */
export type EpochValidators =
  | { readonly status: 'proven'; readonly validators: ValidatorSet }
  | { readonly status: 'pending' | 'failed' | 'unavailable' };

/** Follows the epochs from the genesis to `epoch` in this browser, by what the node shows of how each one ended. */
export function useEpochValidators(epoch: number): EpochValidators {
  const genesis = useQuery(queries.genesis());
  const asked = Math.min(epoch, MAX_EPOCHS);
  const ends = useQueries({
    queries: Array.from({ length: asked }, (_, ended) => queries.epoch(ended)),
    combine: (results) => ({
      epochs: results.map(({ data }) => data),
      isError: results.some(({ isError }) => isError),
    }),
  });
  return useMemo((): EpochValidators => {
    if (genesis.isError || ends.isError) return { status: 'unavailable' };
    if (genesis.data === undefined) return { status: 'pending' };
    const parsed = parseGenesis(genesis.data);
    if (!parsed.ok || asked < epoch) return { status: 'failed' };
    const steps: EpochStep[] = [];
    for (const detail of ends.epochs) {
      if (detail === undefined) return { status: 'pending' };
      const step = detail.end === null ? undefined : epochStepFromJson(detail.end);
      if (step === undefined || !step.ok) return { status: 'failed' };
      steps.push(step.value);
    }
    const { chainId } = parsed.value;
    const { position, problem } = followEpochs(chainId, genesisValidatorSet(parsed.value.genesis), steps);
    return problem === undefined
      ? { status: 'proven', validators: position.validators }
      : { status: 'failed' };
  }, [genesis.data, genesis.isError, ends, asked, epoch]);
}
