import { quorum } from '@hufu/consensus';
import { type HashName, hashOf, ok, type SuiteName, subjectPublicKeyInfo, toHex } from '@hufu/crypto';
import {
  type AnyEntry,
  type Bundle,
  type BundleRecord,
  type Decoded,
  decodeAnyEntry,
  decodeHeader,
  decodeValidatorSet,
  type Genesis,
  genesisValidatorSet,
  type Header,
  type OpensslStep,
  opensslSteps,
  parseBundle,
  parseGenesis,
  type ValidatorSet,
} from '@hufu/proof';
import { joins } from './path-model.ts';

/** The names of what was dropped, as the reader has them on disk. */
export interface ScriptFiles {
  readonly bundle: string;
  readonly content?: string;
}

/** Threat: a file's name is anybody's text, and is about to be pasted into a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A bash script that verifies one record of a bundle with stock bash, coreutils and OpenSSL 3, and none of
 * this software. All values are the bundle's. It prints an `OK` or `FAIL` line for each check and exits 1
 * after any FAIL. It is written, not judged, here: a bundle that does not hold gives a script that fails.
 * Errors: what makes the bundle, its genesis, header or entry unreadable.
 * @param position of the record in the bundle, from 0.
 */
export function shellScript(bundleBytes: Uint8Array, position: number, files: ScriptFiles): Decoded<string> {
  const bundle = parseBundle(bundleBytes);
  if (!bundle.ok) return bundle;
  const genesis = parseGenesis(bundle.value.genesis);
  if (!genesis.ok) return genesis;
  const header = decodeHeader(bundle.value.header);
  if (!header.ok) return header;
  const signatures = opensslSteps(bundleBytes);
  if (!signatures.ok) return signatures;
  const record = bundle.value.records[position];
  if (record === undefined) throw new RangeError(`the bundle has no record ${position}`);
  const entry = decodeAnyEntry(record.entry);
  if (!entry.ok) return entry;
  const { suites } = genesis.value.genesis;
  const hashNames = suites.map(hashOf);
  const epochs = epochsOf(bundle.value, genesis.value.genesis);
  if (!epochs.ok) return epochs;
  const lines = [
    ...PRELUDE,
    `entry=${toHex(record.entry)}`,
    ...(files.content === undefined ? [] : contentChecks(entry.value, files.content)),
    ...genesisText(hashNames, files.bundle),
    ...epochs.value.flatMap((epoch) =>
      epochChecks(
        epoch,
        suites,
        signatures.value.filter((step) => step.epoch === epoch.validators.epoch),
      ),
    ),
    ...hashNames.flatMap((name) => inclusionChecks(name, record, header.value)),
    'exit $failed',
    '',
  ];
  return ok(lines.join('\n'));
}

/** An epoch as the script goes through it: a header, who signs it, and whom it hands over to. */
interface ScriptEpoch {
  readonly header: Uint8Array;
  readonly validators: ValidatorSet;
  /** Encoded; undefined for the bundle's own header, the last. */
  readonly nextSet: Uint8Array | undefined;
}

function epochsOf(bundle: Bundle, genesis: Genesis): Decoded<readonly ScriptEpoch[]> {
  const epochs: ScriptEpoch[] = [];
  let validators = genesisValidatorSet(genesis);
  for (const { header, validatorSet } of bundle.epochChain) {
    epochs.push({ header, validators, nextSet: validatorSet });
    const next = decodeValidatorSet(validatorSet);
    if (!next.ok) return next;
    validators = next.value;
  }
  return ok([...epochs, { header: bundle.header, validators, nextSet: undefined }]);
}

const PRELUDE = [
  '#!/usr/bin/env bash',
  'd=$(mktemp -d); failed=0',
  '# Hex to bytes; the hash of hex; the hash of a file.',
  `bin() { printf "$(printf %s "$1" | sed 's/../\\\\x&/g')"; }`,
  `h() { bin "$2" | openssl dgst -"$1" -r | cut -d' ' -f1; }`,
  `f() { openssl dgst -"$1" -r "$2" | cut -d' ' -f1; }`,
  'ok() { echo "OK   $1"; }; bad() { echo "FAIL $1"; failed=1; }',
  'has() { case "$2" in *"$3"*) ok "$1";; *) bad "$1";; esac; }',
  'run() { if (cd "$d" && eval "$2") >/dev/null 2>&1; then ok "$1"; else bad "$1"; false; fi; }',
];

/** The file's digests stand in the record; a governance action holds the document itself. */
function contentChecks(entry: AnyEntry, content: string): string[] {
  const file = quote(content);
  const checks =
    entry.kind === 'evidence'
      ? Object.keys(entry.record.digests).map(
          (name) => `has 'the file is the one recorded (${name})' "$entry" "$(f ${name} ${file})"`,
        )
      : [`has 'the file is the document of the action' "$entry" "$(od -An -v -tx1 ${file} | tr -d ' \\n')"`];
  return ['', '# The file.', ...checks];
}

/** From the record, sibling by sibling, to a log root that stands in the header (RFC 9162, section 2.1). */
function inclusionChecks(name: HashName, record: BundleRecord, header: Header): string[] {
  const sides = record.index < header.logSize ? joins(record.index, header.logSize) : [];
  const path = record.paths[name] ?? [];
  const steps = path.map((sibling, depth) => {
    const hex = toHex(sibling);
    const pair = sides[depth]?.siblingSide === 'left' ? `${hex}"$n"` : `"$n"${hex}`;
    return `n=$(h ${name} 01${pair})`;
  });
  return [
    '',
    `# The record is in the log (${name}).`,
    `n=$(h ${name} 00$entry)`,
    ...steps,
    `has 'the log root stands in the header (${name})' "$header" "$n"`,
  ];
}

/** The genesis's digests are printed: compare them with those you trust. The keys of epoch 0 are in its text. */
function genesisText(hashNames: readonly HashName[], bundle: string): string[] {
  return [
    '',
    '# The genesis in the proof. Compare its digests with those you were told by a way you trust.',
    `grep -o '"genesis": *"[^"]*"' ${quote(bundle)} | cut -d'"' -f4 | base64 -d > "$d/genesis.json"`,
    ...hashNames.flatMap((name) => [
      `genesis_${name}=$(f ${name} "$d/genesis.json")`,
      `echo "     genesis ${name} $genesis_${name}"`,
    ]),
    'keys=$(cat "$d/genesis.json"); keys_in=genesis',
  ];
}

/** A header of the chain, final by enough of its epoch's validators, and the next ones that it names. */
function epochChecks(
  { header, validators, nextSet }: ScriptEpoch,
  suites: readonly SuiteName[],
  signatures: readonly OpensslStep[],
): string[] {
  const { epoch } = validators;
  const hashNames = suites.map(hashOf);
  return [
    '',
    `# Epoch ${epoch}.`,
    `header=${toHex(header)}`,
    ...hashNames.flatMap((name) => [
      `digest_${name}=$(h ${name} "$header"); signed_${name}=0`,
      `has 'epoch ${epoch}: the header names this genesis (${name})' "$header" "$genesis_${name}"`,
    ]),
    ...signatures.flatMap(signatureChecks),
    ...quorumChecks(validators),
    ...(nextSet === undefined ? [] : nextSetChecks(epoch, hashNames, nextSet)),
  ];
}

/** One validator's key is of its epoch, and its signature is over this header's digest. */
function signatureChecks({ name, suite, validator, signBytes, signature, publicKey, command }: OpensslStep) {
  const key = toHex(publicKey);
  return [
    '',
    `# ${validator} (${suite}).`,
    `bin ${toHex(signBytes)} > "$d/${name}.bin"; bin ${toHex(signature)} > "$d/${name}.sig"`,
    `bin ${toHex(subjectPublicKeyInfo(suite, publicKey))} | openssl pkey -pubin -inform DER -out "$d/${name}.pem"`,
    `has "${name}: the key stands in the $keys_in" "$keys" ${key}`,
    `has '${name}: it signs this header' ${toHex(signBytes)} "$digest_${hashOf(suite)}"`,
    `run '${name}: the signature' ${quote(command)} && signed_${hashOf(suite)}=$((signed_${hashOf(suite)} + 1))`,
  ];
}

/** Enough of the epoch's validators signed, under every suite. */
function quorumChecks({ epoch, suites, validators }: ValidatorSet): string[] {
  const needed = quorum(validators.length);
  const checks = suites.map((suite) => {
    const what = `epoch ${epoch}, ${suite}: ${needed} of ${validators.length} validators signed`;
    return `if [ $signed_${hashOf(suite)} -ge ${needed} ]; then ok '${what}'; else bad '${what}'; fi`;
  });
  return ['', '# Enough of them.', ...checks];
}

/** The next validators are those that this header names; their keys count from here on. */
function nextSetChecks(epoch: number, hashNames: readonly HashName[], nextSet: Uint8Array): string[] {
  return [
    '',
    '# The next validators.',
    `keys=${toHex(nextSet)}; keys_in='set that epoch ${epoch} named'`,
    ...hashNames.map(
      (name) =>
        `has 'epoch ${epoch}: the next validators stand in the header (${name})' "$header" "$(h ${name} "$keys")"`,
    ),
  ];
}
