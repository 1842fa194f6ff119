import { quorum } from '@hufu/consensus';
import { type HashName, hashOf, ok, type SuiteName, toHex } from '@hufu/crypto';
import {
  type BundleRecord,
  type Decoded,
  type Digests,
  decodeEntry,
  decodeHeader,
  type Genesis,
  type Header,
  type OpensslStep,
  opensslSteps,
  parseBundle,
  parseGenesis,
} from '@hufu/proof';
import { joins } from './path-model.ts';

/** DER SubjectPublicKeyInfo up to the raw key: RFC 8410, section 4, and GM/T 0006-2012. */
const SPKI_PREFIX: Readonly<Record<SuiteName, string>> = {
  'ed25519-sha256': '302a300506032b6570032100',
  'sm2-sm3': '3059301306072a8648ce3d020106082a811ccf5501822d034200',
};

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
  const entry = decodeEntry(record.entry);
  if (!entry.ok) return entry;
  const hashNames = genesis.value.genesis.suites.map(hashOf);
  const lines = [
    ...PRELUDE,
    `entry=${toHex(record.entry)}`,
    `header=${toHex(bundle.value.header)}`,
    ...(files.content === undefined ? [] : contentChecks(entry.value.digests, files.content)),
    ...hashNames.flatMap((name) => inclusionChecks(name, record, header.value)),
    ...genesisChecks(hashNames, files.bundle),
    ...signatures.value.flatMap(signatureChecks),
    ...quorumChecks(genesis.value.genesis),
    'exit $failed',
    '',
  ];
  return ok(lines.join('\n'));
}

const PRELUDE = [
  '#!/usr/bin/env bash',
  'd=$(mktemp -d); failed=0; signed_sha256=0; signed_sm3=0',
  '# Hex to bytes; the hash of hex; the hash of a file.',
  `bin() { printf "$(printf %s "$1" | sed 's/../\\\\x&/g')"; }`,
  `h() { bin "$2" | openssl dgst -"$1" -r | cut -d' ' -f1; }`,
  `f() { openssl dgst -"$1" -r "$2" | cut -d' ' -f1; }`,
  'ok() { echo "OK   $1"; }; bad() { echo "FAIL $1"; failed=1; }',
  'has() { case "$2" in *"$3"*) ok "$1";; *) bad "$1";; esac; }',
  'run() { if (cd "$d" && eval "$2") >/dev/null 2>&1; then ok "$1"; else bad "$1"; false; fi; }',
];

/** The file's digests stand in the record. */
function contentChecks(digests: Digests, content: string): string[] {
  const checks = Object.keys(digests).map(
    (name) => `has 'the file is the one recorded (${name})' "$entry" "$(f ${name} ${quote(content)})"`,
  );
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
    `digest_${name}=$(h ${name} "$header")`,
  ];
}

/** The header belongs to the chain of the genesis, whose digests are printed: compare them with those you trust. */
function genesisChecks(hashNames: readonly HashName[], bundle: string): string[] {
  return [
    '',
    '# The genesis in the proof. Compare its digests with those you were told by a way you trust.',
    `grep -o '"genesis": *"[^"]*"' ${quote(bundle)} | cut -d'"' -f4 | base64 -d > "$d/genesis.json"`,
    ...hashNames.flatMap((name) => [
      `echo "     genesis ${name} $(f ${name} "$d/genesis.json")"`,
      `has 'the header names this genesis (${name})' "$header" "$(f ${name} "$d/genesis.json")"`,
    ]),
  ];
}

/** One validator's key stands in the genesis, and its signature is over this header's digest. */
function signatureChecks({ name, suite, validator, signBytes, signature, publicKey, command }: OpensslStep) {
  const key = toHex(publicKey);
  return [
    '',
    `# ${validator} (${suite}).`,
    `bin ${toHex(signBytes)} > "$d/${name}.bin"; bin ${toHex(signature)} > "$d/${name}.sig"`,
    `bin ${SPKI_PREFIX[suite]}${key} | openssl pkey -pubin -inform DER -out "$d/${name}.pem"`,
    `has '${name}: the key stands in the genesis' "$(cat "$d/genesis.json")" ${key}`,
    `has '${name}: it signs this header' ${toHex(signBytes)} "$digest_${hashOf(suite)}"`,
    `run '${name}: the signature' ${quote(command)} && signed_${hashOf(suite)}=$((signed_${hashOf(suite)} + 1))`,
  ];
}

/** Enough of the genesis's validators signed, under every suite. */
function quorumChecks({ suites, validators }: Genesis): string[] {
  const needed = quorum(validators.length);
  const checks = suites.map((suite) => {
    const what = `${suite}: ${needed} of ${validators.length} validators signed`;
    return `if [ $signed_${hashOf(suite)} -ge ${needed} ]; then ok '${what}'; else bad '${what}'; fi`;
  });
  return ['', '# Enough of them.', ...checks];
}
